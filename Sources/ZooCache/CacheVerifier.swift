import Synchronization
public import SystemPackage
public import ZooCore

/// Finds out which files of a cache are what they should be, and removes those that are not.
///
/// A file whose hash is known is judged by it; of the others only the structure can be judged, and the finding says so
/// (``VerifyFinding/Status/unverified``). Removed are files that are broken, and downloads that nobody continues:
///
/// - a resumable one (`NAME.zoo.partial`) when no process writes it and either its record is unusable or it was not
///   touched for ``resumableGrace``;
/// - one of PyTorch's (`NAME.<32 hexadecimal digits>.partial`), which cannot be resumed, when it was not touched for
///   ``foreignGrace``.
///
/// Left alone are subfolders, hidden files, files outside the cache, and files whose name is neither expected nor that
/// of a checkpoint (a note, a vocabulary). Of a symbolic link the target is judged and only the link removed.
///
/// What was found about a file is recorded (``VerificationRecords``). A later run tells by it that bytes changed which
/// nobody wrote, and with ``isQuick`` does not read files again that are still the same.
public struct CacheVerifier: Sendable {
    /// The cache.
    public let directory: CacheDirectory
    /// Whether everything is judged but nothing removed or recorded.
    public var isDryRun = false
    /// Whether a file counts as what it was when it was last verified, if its length, its times and its inode say that
    /// nobody wrote to it since. Silent damage of the disk stays unseen then.
    public var isQuick = false
    /// Whether a broken file of this name is left where it is, because a sound one is about to take its place.
    public var isReplaced: @Sendable (String) -> Bool = { _ in false }
    /// How many threads hash at the same time.
    public var threadCount = WorkerThreads.processorCount
    /// Told how many of how many files are judged, now and then from several threads.
    public var progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    /// How long a resumable download may rest before it counts as abandoned: 24 hours, in seconds.
    public var resumableGrace = Self.resumableGrace
    /// How long a download of PyTorch's may rest before it counts as abandoned: 10 minutes, in seconds.
    public var foreignGrace = Self.foreignGrace

    static let resumableGrace: Double = 24 * 3600
    static let foreignGrace: Double = 600

    let expected: @Sendable (String) -> ExpectedContent?
    let judge: (any StructureJudge)?

    /// Creates a verifier of `directory`.
    ///
    /// - Parameters:
    ///   - directory: The cache.
    ///   - judge: Judges structure; without one, files without a known hash are judged by their length only.
    ///   - expected: What is known about the file of that name. Where it gives no hash, torch.hub's rule for file names
    ///     applies (``ExpectedContent/init(fileName:)``). Called from several threads.
    public init(
        _ directory: CacheDirectory, judge: (any StructureJudge)? = nil,
        expected: @escaping @Sendable (String) -> ExpectedContent? = { _ in nil }
    ) {
        self.directory = directory
        self.judge = judge
        self.expected = expected
    }

    /// Verifies everything in the cache.
    ///
    /// A file that cannot be read or removed has the reason in its finding, and the others are still verified.
    ///
    /// - Parameter isCancelled: Asked now and then from several threads; once it answers `true`, files not yet judged
    ///   have no finding.
    /// - Returns: One finding a file, sorted by name.
    /// - Throws: ``FileError`` if the cache is there but cannot be listed.
    /// - Complexity: O(bytes of all files) over all threads.
    public func verify(isCancelled: @escaping @Sendable () -> Bool = { false }) throws(FileError) -> [VerifyFinding] {
        let names = try directory.names().filter { !$0.hasPrefix(".") && $0 != "CACHEDIR.TAG" }
        let verifier = self
        let isRecord = names.map { name in if case .record = PartialKind(name) { true } else { false } }
        // The records of downloads go with their downloads; those that are left afterwards belong to none.
        let findings = [false, true].flatMap { wanted in
            let paths = zip(names, isRecord).filter { $0.1 == wanted }.map { directory.path(of: $0.0) }
            return inParallel(paths) { verifier.verifyEntry($0, isNamed: false, isCancelled: isCancelled) }
        }
        return findings.sorted { $0.path.string < $1.path.string }
    }

    /// Verifies the given files, wherever they are.
    ///
    /// - Parameters:
    ///   - files: Their paths. Only those directly in the cache are removed when broken.
    ///   - isCancelled: As in ``verify(isCancelled:)``.
    /// - Returns: One finding a file, in the order of `files`; one that does not exist has the reason in its finding.
    /// - Complexity: O(bytes of all files) over all threads.
    public func verify(
        files: [FilePath], isCancelled: @escaping @Sendable () -> Bool = { false }
    ) -> [VerifyFinding] {
        let verifier = self
        return inParallel(files) { path in verifier.verifyEntry(path, isNamed: true, isCancelled: isCancelled) }
    }

    /// Calls `work` with each path from ``threadCount`` threads, the largest files first so that none is left for last.
    private func inParallel(
        _ paths: [FilePath], _ work: @escaping @Sendable (FilePath) -> VerifyFinding?
    ) -> [VerifyFinding] {
        let sizes = paths.map { path in (try? FileStatus(following: path).byteCount) ?? 0 }
        let order = paths.indices.sorted { sizes[$0] > sizes[$1] }
        let queue = ParallelQueue(order: order, count: paths.count)
        let progress = progress
        WorkerThreads.run(min(threadCount, paths.count)) { _ in
            while let index = queue.next() {
                queue.store(work(paths[index]), at: index)
                progress(queue.doneCount, paths.count)
            }
        }
        return queue.results
    }

    private final class ParallelQueue: Sendable {
        private let order: [Int]
        private let position = Atomic(0)
        private let done = Atomic(0)
        private let found: Mutex<[VerifyFinding?]>

        init(order: [Int], count: Int) {
            self.order = order
            found = Mutex(Array(repeating: nil, count: count))
        }

        func next() -> Int? {
            let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
            return index < order.count ? order[index] : nil
        }

        func store(_ finding: VerifyFinding?, at index: Int) {
            found.withLock { $0[index] = finding }
            done.wrappingAdd(1, ordering: .relaxed)
        }

        var doneCount: Int { done.load(ordering: .relaxed) }

        var results: [VerifyFinding] { found.withLock { $0.compactMap { $0 } } }
    }
}
