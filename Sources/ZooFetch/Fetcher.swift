import Glibc
import SystemPackage
public import ZooCache
import ZooCore

/// Fetches files into a cache.
///
/// ```swift
/// let fetcher = Fetcher(try FetchOptions(environment: environment))
/// let outcome = try fetcher.fetch(FetchRequest(url: url, expected: known), into: cache)
/// ```
///
/// Where a file comes from, in this order: the caches of the search path, folders of this machine, its own URL, the mirrors
/// in the order they are given. A place that fails, or has other bytes, is passed over.
///
/// A file gets its name only after its length and hash were found to agree. A transfer that breaks off, be it by a kill,
/// is continued by the next one, in this process or another; bytes of two versions of a file are never joined
/// (`If-Range`, and the rules of ``TransferStateMachine``).
public struct Fetcher: Sendable {
    /// How files are fetched.
    public var options: FetchOptions
    /// Judges files of which no hash is known; `nil` accepts any bytes for them.
    public var judge: (any StructureJudge)?

    /// Creates a fetcher.
    public init(_ options: FetchOptions = FetchOptions(), judge: (any StructureJudge)? = nil) {
        self.options = options
        self.judge = judge
    }

    /// Brings a file into the cache.
    ///
    /// A sound file of that name in the cache is not fetched again: it is checked by hash, or by structure where no hash is
    /// known. A broken one is replaced, but only once its replacement is complete and checked. While another process
    /// fetches the same file this one waits, and takes what that one publishes.
    ///
    /// Blocks until the end: call it from a thread of its own (``ZooCore/WorkerThreads``), not from Swift's pool.
    ///
    /// - Parameters:
    ///   - request: What to fetch.
    ///   - cache: Where to. The folder is made if it is missing.
    ///   - progress: Called on this thread after each piece, so up to thousands of times a second.
    ///   - isCancelled: Asked every 100 ms or more often, from this thread. Once it answers `true`, what came is recorded
    ///     and ``FetchError/Code/cancelled`` thrown.
    /// - Returns: Where the file is and how it got there. Not verified (``FetchOutcome/isVerified``) is no error.
    /// - Throws: ``FetchError``; the cache then holds what it held before, and perhaps a partial file.
    public func fetch(
        _ request: FetchRequest, into cache: CacheDirectory, progress: @escaping (FetchProgress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(FetchError) -> FetchOutcome {
        let name = request.fileName
        guard CacheDirectory.isValid(fileName: name) else {
            guard FetchURL(request.url) != nil else { throw .notAURL(request.url) }
            throw FetchError(
                .badRequest, request.displayURL, "'\(name)' cannot be the name of a file; give another one")
        }
        let expected = request.expected.completed(fromFileName: name)
        let observer = FetchObserver(progress: progress, isCancelled: isCancelled)
        var known = CachedFile(ignoresFirst: request.isForced)
        var failures: [FetchError] = []
        var asksOthers = !request.isForced
        while true {
            if let outcome = try known.sound(in: self, name, expected, cache, isCancelled) { return outcome }
            if asksOthers, let outcome = try adopt(name, expected, into: cache, isCancelled) { return outcome }
            asksOthers = false
            let sources = try self.sources(of: request)
            if let partial = try claim(name, in: cache, isCancelled) {
                // The former holder may have published it just before.
                if let outcome = try known.sound(in: self, name, expected, cache, isCancelled) {
                    try? partial.discard()
                    return outcome
                }
                let transfer = Transfer(
                    sources[failures.count], partial, expected: expected, cache: cache,
                    fetcher: asking(isLast: failures.count + 1 == sources.count), observer: observer)
                do throws(FetchError) {
                    if let outcome = try transfer.run() { return outcome }
                } catch {
                    guard error.concernsOneSource, failures.count + 1 < sources.count else {
                        throw error.following(failures)
                    }
                    failures.append(error)
                    progress(
                        FetchProgress(phase: .turning(error), byteCount: 0, totalByteCount: nil, resumedFrom: 0))
                    continue
                }
            }
            known.ignoresFirst = false  // What the other process publishes is new enough.
            progress(
                FetchProgress(phase: .waiting, byteCount: 0, totalByteCount: expected.byteCount, resumedFrom: 0))
            Self.sleep(milliseconds: Int(CurlConnections.pollInterval))
            if isCancelled() { throw .cancelled(name) }
        }
    }

    /// This fetcher, but impatient where another place can be asked.
    private func asking(isLast: Bool) -> Fetcher {
        guard !isLast else { return self }
        var fetcher = self
        fetcher.options.retries = min(options.retries, 1)
        fetcher.options.connectTimeout = min(options.connectTimeout, 10)
        return fetcher
    }

    /// The outcome, if there is a sound file of that name already.
    func cached(
        _ name: String, _ expected: ExpectedContent, in cache: CacheDirectory,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(FetchError) -> FetchOutcome? {
        var verifier = CacheVerifier(cache, judge: judge) { _ in expected }
        verifier.isDryRun = true
        verifier.isQuick = options.trustsRecords
        guard let finding = verifier.verify(files: [cache.path(of: name)], isCancelled: isCancelled).first else {
            throw .cancelled(name)
        }
        if let error = finding.error {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw .storage(name, error)
        }
        guard finding.status != .broken, let byteCount = finding.byteCount, let sha256 = finding.sha256 else {
            return nil
        }
        return FetchOutcome(
            path: finding.path, byteCount: byteCount, sha256: sha256, isVerified: finding.status == .ok,
            wasCached: true,
            resumedFrom: 0, bytesTransferred: 0)
    }

    private func claim(
        _ name: String, in cache: CacheDirectory, _ isCancelled: () -> Bool
    ) throws(FetchError) -> PartialFile? {
        let partial: PartialFile?
        do throws(FileError) {
            try cache.create()
            partial = try PartialFile.claim(name, in: cache, isCancelled: isCancelled)
        } catch {
            throw .storage(name, error)
        }
        if isCancelled() { throw .cancelled(name) }
        return partial
    }

    static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        unsafe _ = nanosleep(&time, nil)
    }
}
