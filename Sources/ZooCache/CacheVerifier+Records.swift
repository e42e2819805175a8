import SystemPackage
import ZooCore

extension CacheVerifier {
    /// What is recorded about the file, if it is one of the cache and nobody changed it since.
    func record(of path: FilePath, _ status: FileStatus) -> VerificationRecord? {
        guard directory.contains(path), let name = path.lastComponent?.string,
            let record = directory.verificationRecords.record(of: name), record.describes(status)
        else { return nil }
        return record
    }

    /// The finding that follows from `record` alone; `nil` if the file must be read.
    func quickFinding(_ path: FilePath, _ known: ExpectedContent, _ record: VerificationRecord?) -> VerifyFinding? {
        guard let record, known.mismatch(byteCount: record.byteCount, sha256: record.sha256) == nil else { return nil }
        if known.hasHash {
            return VerifyFinding(
                path, .ok, Self.detail(method(known), since: record.verifiedAt), sha256: record.sha256)
        }
        // Whatever vouched for the bytes then, a judge that is asked now wants a sound structure.
        guard judge == nil || record.method != .none else { return nil }
        let isVouchedFor = [.sha256, .sha256Prefix].contains(record.method)
        let detail =
            isVouchedFor ? Self.vouchedDetail : Self.detail(method(known), since: record.verifiedAt)
        return VerifyFinding(path, .unverified, detail, sha256: record.sha256)
    }

    static let vouchedDetail =
        "no hash of it is registered; its SHA-256 is still the one that was known when it was fetched"

    /// The way in which a hash vouched for these very bytes when they were fetched, though none is known now: they came with
    /// `--sha256`, a lock file, or from Hugging Face. Their structure is then nobody's business.
    func vouchedMethod(_ path: FilePath, _ found: SHA256Digest) -> VerificationRecord.Method? {
        guard directory.contains(path), let name = path.lastComponent?.string,
            let record = directory.verificationRecords.record(of: name), record.sha256 == found,
            [.sha256, .sha256Prefix].contains(record.method)
        else { return nil }
        return record.method
    }

    /// What vouches for a file of which this is known, once nothing speaks against it.
    func method(_ known: ExpectedContent) -> VerificationRecord.Method {
        if known.sha256 != nil { return .sha256 }
        if known.hasHash { return .sha256Prefix }
        return judge == nil ? .none : .structure
    }

    /// The reason in words; `since` is when the file was last read, if that is not now.
    static func detail(_ method: VerificationRecord.Method, since: Int?) -> String {
        let reason =
            switch method {
            case .sha256: "its SHA-256 is the expected one"
            case .sha256Prefix: "its SHA-256 begins as expected"
            case .structure: "no hash is known for it; its structure is sound"
            case .none: "no hash is known for it"
            }
        guard let since else { return reason }
        return "\(reason); not changed since that was found \(duration(FileStatus.now - Double(since))) ago"
    }

    /// Bytes that changed though the file system says that nobody wrote: a disk that fails, or memory that does.
    static func silentChange(_ found: SHA256Digest, since record: VerificationRecord?) -> FileDefect? {
        guard let record, record.wasSettled, record.sha256 != found else { return nil }
        return FileDefect(
            .hashMismatch,
            "its SHA-256 is \(found), it was \(record.sha256) when it was verified, and nobody wrote to it since")
    }

    /// Records what was found, if the file is one of the cache and did not change while it was read.
    func keepRecord(
        of path: FilePath, _ status: FileStatus, _ sha256: SHA256Digest, _ method: VerificationRecord.Method
    ) {
        guard !isDryRun, directory.contains(path), let name = path.lastComponent?.string,
            let now = try? FileStatus(following: path), now == status
        else { return }
        // A cache that cannot be written to is verified all the same.
        try? directory.verificationRecords.update(name, status, sha256: sha256, method: method)
    }
}
