import SystemPackage
import ZooCache
import ZooCore
import ZooFetch
import ZooRegistry

/// What `zoo fetch` was asked for, understood.
enum FetchTarget: Sendable {
    case registered(ModelEntry, name: String)
    case address(String)
    case huggingFace(HuggingFaceFile, name: String)
    case pinned(LockFile.Pin)

    /// Fetches it.
    func fetch(_ job: FetchJob, sha256: SHA256Digest?) throws -> FetchCommand.Answer {
        let (outcome, url) =
            switch self {
            case .registered(let entry, _): (try job.run(entry), entry.url)
            case .pinned(let pin): (try job.run(pin), pin.url)
            case .huggingFace(let file, _): (try job.run(file), file.url(environment: job.session.environment))
            case .address(let address): (try job.run(url: address, sha256: sha256), address)
            }
        return FetchCommand.Answer(
            path: outcome.path.string, url: FetchRequest(url: url).displayURL, bytes: outcome.byteCount,
            sha256: outcome.sha256.hex,
            verified: outcome.isVerified, cached: outcome.wasCached, resumedFrom: outcome.resumedFrom,
            bytesTransferred: outcome.bytesTransferred, source: outcome.origin)
    }

    /// Says where it would come from first.
    func plan(_ job: FetchJob) throws -> FetchCommand.Answer {
        let (request, bytes, mirrors) =
            switch self {
            case .pinned(let pin):
                (FetchRequest(url: pin.url, fileName: pin.file), pin.bytes as Int?, FetchJob.MirrorChoice.all)
            case .registered(let entry, _):
                (
                    FetchRequest(url: try FetchJob.address(of: entry), fileName: entry.fileName), entry.byteCount,
                    entry.relativeFilePath == nil ? .all : .none
                )
            case .huggingFace(let file, _):
                (
                    FetchRequest(url: file.url(environment: job.session.environment), fileName: file.fileName), nil,
                    .given
                )
            case .address(let address): (FetchRequest(url: address), nil, .given)
            }
        let path = job.session.cache.path(of: request.fileName)
        let place = try Fetcher(job.options(mirrors: mirrors)).places(of: request).first
        return FetchCommand.Answer(
            path: path.string, url: place ?? request.displayURL, bytes: bytes, sha256: nil, verified: false,
            cached: (try? MappedFile(path)) != nil, resumedFrom: 0, bytesTransferred: 0, source: nil)
    }

    /// Refuses addresses whose files would have the same name in the cache: the second would be taken for the first.
    ///
    /// Where the name has a hash, as torch.hub's have, they are the same file.
    static func checkNames(_ targets: [FetchTarget]) throws(UsageError) {
        var addresses: [String: String] = [:]
        for case .address(let address) in targets {
            let request = FetchRequest(url: address)
            let other = addresses.updateValue(address, forKey: request.fileName) ?? address
            guard other != address, !ExpectedContent(fileName: request.fileName).hasHash else { continue }
            throw UsageError(
                "\(FetchRequest(url: other).displayURL) and \(request.displayURL) would both be kept as "
                    + "\(request.fileName); fetch them one by one, with another TORCH_HOME for the second")
        }
    }

    /// What to write down about a file that was fetched and is not pinned yet.
    func pin(_ answer: FetchCommand.Answer) -> LockFile.Pin? {
        guard let bytes = answer.bytes, let sha256 = answer.sha256,
            let file = FilePath(answer.path).lastComponent?.string
        else { return nil }
        let (name, url) =
            switch self {
            case .registered(let entry, let name): (name, entry.url)
            case .address(let address): (address, address)
            case .huggingFace(_, let name): (name, answer.url)
            case .pinned: ("", "")
            }
        return name.isEmpty ? nil : LockFile.Pin(name: name, url: url, file: file, bytes: bytes, sha256: sha256)
    }
}
