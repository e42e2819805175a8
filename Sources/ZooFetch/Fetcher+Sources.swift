import SystemPackage
import ZooCache
import ZooCore

extension Fetcher {
    /// The places that are asked for the file, in order; one at least.
    ///
    /// Folders of this machine come first: they cost nothing, and who names one wants it used. Then the file's own URL,
    /// then the mirrors.
    func sources(of request: FetchRequest) throws(FetchError) -> [FetchURL] {
        var all: [FetchURL] = []
        for text in [request.url] + options.mirrors.map({ $0.url(of: request.fileName) }) {
            guard let url = FetchURL(text) else { throw .notAURL(text) }
            if !all.contains(url) { all.append(url) }
        }
        let local = all.filter { !$0.needsNetwork }
        let remote = all.filter(\.needsNetwork)
        guard options.isOffline else { return local + remote }
        if local.isEmpty {
            throw FetchError(
                .offline, request.fileName, url: remote.first?.display,
                "it is not in the cache, and ZOO_OFFLINE forbids the network; unset it or put the file there")
        }
        return local
    }

    /// The places that ``fetch(_:into:progress:isCancelled:)`` would ask for the file, in order, without credentials.
    ///
    /// - Throws: ``FetchError`` if the URL makes no sense, or if all of them need the network and that is forbidden.
    public func places(of request: FetchRequest) throws(FetchError) -> [String] {
        try sources(of: request).map(\.display)
    }

    /// Takes the file from a cache of the search path, if one has a sound one.
    func adopt(
        _ name: String, _ expected: ExpectedContent, into cache: CacheDirectory,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(FetchError) -> FetchOutcome? {
        for other in options.searchPath where other != cache {
            guard let found = try? cached(name, expected, in: other, isCancelled) else {
                // What another cache has, and how sound it is, is no reason to fail.
                if isCancelled() { throw .cancelled(name) }
                continue
            }
            do throws(FileError) {
                try cache.create()
                try cache.adopt(found.path, as: name, sha256: found.sha256, isCancelled: isCancelled)
            } catch {
                if isCancelled() { throw .cancelled(name) }
                throw .storage(name, error)
            }
            return FetchOutcome(
                path: cache.path(of: name), byteCount: found.byteCount, sha256: found.sha256,
                isVerified: found.isVerified, wasCached: false, resumedFrom: 0, bytesTransferred: 0,
                origin: found.path.string)
        }
        return nil
    }
}

/// What is known about the finished file of a cache while another process may publish it: it is read again only when it is
/// another file than the one that was no use before.
struct CachedFile {
    /// Whether the file that is there at first is fetched again however sound it is.
    var ignoresFirst: Bool
    private var judged: FileIdentity?

    init(ignoresFirst: Bool) {
        self.ignoresFirst = ignoresFirst
    }

    mutating func sound(
        in fetcher: Fetcher, _ name: String, _ expected: ExpectedContent, _ cache: CacheDirectory,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(FetchError) -> FetchOutcome? {
        if ignoresFirst { return nil }
        let now = FileIdentity(cache.path(of: name))
        guard let now, now != judged else { return nil }
        if let outcome = try fetcher.cached(name, expected, in: cache, isCancelled) { return outcome }
        judged = now
        return nil
    }
}
