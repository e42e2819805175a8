import SystemPackage
import ZooCache
import ZooCore
import ZooFetch
import ZooRegistry

/// Fetches broken files of the cache again.
struct CacheRepair: Sendable {
    /// Where a file can be had again.
    enum Source {
        case registered(ModelEntry)
        /// It was fetched from there, and had this digest.
        case recorded(url: String, sha256: SHA256Digest)
    }

    /// What came of it.
    struct Result {
        /// The files that are sound now.
        var repaired: Set<FilePath> = []
        /// The first failure.
        var failure: (any ZooError)?
    }

    let session: Session
    let console: Console

    /// Where the file of that name can be had again; `nil` if neither the registry nor a record knows.
    func source(of fileName: String) -> Source? {
        if let entry = session.registry.entry(fileName: fileName) { return .registered(entry) }
        guard let record = session.cache.verificationRecords.record(of: fileName), let url = record.url else {
            return nil
        }
        return .recorded(url: url, sha256: record.sha256)
    }

    /// The same for a broken file of the cache; `nil` for files elsewhere, and for downloads.
    func source(of finding: VerifyFinding) -> Source? {
        guard finding.status == .broken, finding.defect?.cause != .abandonedPartial,
            let name = finding.path.lastComponent?.string, session.cache.contains(finding.path)
        else { return nil }
        return source(of: name)
    }

    /// Fetches again what `findings` call broken. The old file stays until a sound one replaces it.
    ///
    /// - Throws: the error of an interruption; other failures are printed and kept in the result.
    func run(_ findings: [VerifyFinding]) throws -> Result {
        var result = Result()
        for finding in findings {
            guard let source = source(of: finding) else { continue }
            do {
                let job = FetchJob(session: session, console: console)
                switch source {
                case .registered(let entry): _ = try job.run(entry)
                case .recorded(let url, let sha256):
                    _ = try job.run(url: url, fileName: finding.path.lastComponent?.string, sha256: sha256)
                }
                result.repaired.insert(finding.path)
            } catch let failure as any ZooError {
                guard failure.kind != .interrupted else { throw failure }
                console.error("\(failure)")
                result.failure = result.failure ?? failure
            }
        }
        return result
    }
}
