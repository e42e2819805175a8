import SystemPackage
public import ZooCore

/// The records of a cache's verified files: `.zoo/verified/NAME.json` beside the checkpoints, one a file.
///
/// torch.hub never looks there. Each record appears by rename and belongs to one file, so that processes that verify at
/// the same time need no lock: the last one wins, and both were right. A record that is damaged, or that describes
/// another file by now, counts as absent, which costs reading the file once more.
public struct VerificationRecords: Sendable, Hashable {
    /// The cache whose files they describe.
    public let directory: CacheDirectory

    private static let suffix = ".json"
    private static let largestByteCount = 1 << 16

    /// The records of `directory`; nothing is read yet.
    public init(_ directory: CacheDirectory) {
        self.directory = directory
    }

    /// The folder of the records.
    var folder: FilePath { directory.checkpoints.appending(".zoo").appending("verified") }

    private func path(of fileName: String) -> FilePath { folder.appending(fileName + Self.suffix) }

    /// The last record of the file of that name, be it still true or not; `nil` without a readable one.
    public func record(of fileName: String) -> VerificationRecord? {
        guard CacheDirectory.isValid(fileName: fileName) else { return nil }
        let path = path(of: fileName)
        guard let status = try? FileStatus(ofEntry: path), status.type == .file,
            status.byteCount <= Self.largestByteCount, let file = try? MappedFile(path)
        else { return nil }
        return VerificationRecord(json: [UInt8](copying: file.bytes))
    }

    /// The record of the file of that name if it describes the file that is there now.
    public func currentRecord(of fileName: String) -> VerificationRecord? {
        guard let record = record(of: fileName),
            let status = try? FileStatus(following: directory.path(of: fileName)), record.describes(status)
        else { return nil }
        return record
    }

    /// Records that the file of that name, as it is now, was found to have this digest.
    ///
    /// - Parameters:
    ///   - fileName: A finished file of the cache.
    ///   - sha256: The digest of all its bytes.
    ///   - method: What vouched for it.
    ///   - url: Where it came from; `nil` keeps what an earlier record of the same bytes says.
    /// - Throws: ``FileError`` if the file is gone or the record cannot be written. Nothing depends on a record, so
    ///   callers may ignore it: a cache may be read-only.
    public func update(
        _ fileName: String, sha256: SHA256Digest, method: VerificationRecord.Method, url: String? = nil
    ) throws(FileError) {
        let status = try FileStatus(following: directory.path(of: fileName))
        try update(fileName, status, sha256: sha256, method: method, url: url)
    }

    func update(
        _ fileName: String, _ status: FileStatus, sha256: SHA256Digest, method: VerificationRecord.Method,
        url: String? = nil
    ) throws(FileError) {
        guard CacheDirectory.isValid(fileName: fileName) else {
            throw FileError(.create, path(of: fileName), .invalidArgument)
        }
        var record = VerificationRecord(status, sha256: sha256, method: method, url: url)
        if url == nil, let earlier = self.record(of: fileName), earlier.sha256 == sha256 { record.url = earlier.url }
        try CacheDirectory.create(folder)
        var file = try AtomicFile(at: path(of: fileName))
        try file.write(record.json)
        // A record that a power failure destroys is missed by nobody.
        try file.publish(durably: false)
    }

    /// Forgets the file of that name; one without a record is no error.
    public func remove(_ fileName: String) throws(FileError) {
        guard CacheDirectory.isValid(fileName: fileName) else { return }
        try FileNames.remove(path(of: fileName))
    }

    /// Forgets the files that are gone.
    ///
    /// - Throws: ``FileError`` if a record cannot be removed.
    public func removeOrphans() throws(FileError) {
        for name in try CacheDirectory(checkpoints: folder).names() where name.hasSuffix(Self.suffix) {
            let fileName = String(name.dropLast(Self.suffix.count))
            guard (try? FileStatus(ofEntry: directory.path(of: fileName))) == nil else { continue }
            try FileNames.remove(folder.appending(name))
        }
    }
}

extension CacheDirectory {
    /// What was found out about the files when they were last read.
    public var verificationRecords: VerificationRecords { VerificationRecords(self) }
}
