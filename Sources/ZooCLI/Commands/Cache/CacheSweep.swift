import SystemPackage
import ZooCache
import ZooCore

/// Removes files of the cache one by one, and reports.
struct CacheSweep {
    /// What happened to one file, as `--json` prints it.
    struct Answer: Encodable {
        let path: String
        let bytes: Int
        let reason: String
        let removed: Bool
    }

    let cache: CacheDirectory
    let talk: OutputOptions
    let isDryRun: Bool

    /// Removes `doomed`, each for its reason, after asking where that is called for.
    ///
    /// - Parameters:
    ///   - busy: what is left alone because it is in use.
    ///   - isConfirmed: whether the user said yes beforehand.
    /// - Throws: ``UsageError`` if nobody can be asked; ``CommandAnswer`` with 1 if something was left alone that was
    ///   to go, or if the user said no; with 6 if something could not be removed.
    func run(
        _ doomed: [(item: CacheItem, reason: String)], busy: [CacheItem], isConfirmed: Bool, failsIfBusy: Bool
    ) throws {
        let freed = doomed.reduce(0) { $0 + $1.item.freedByteCount }
        let what = "\(Formatting.count(doomed.count, "file")) (\(Formatting.bytes(freed)))"
        for item in busy { talk.console.message("\(item.path): in use by another process; left alone") }
        if doomed.isEmpty {
            if talk.json { try talk.console.json([Answer]()) }
            if busy.isEmpty { talk.console.message("nothing to remove in \(cache.checkpoints)") }
        } else if isDryRun {
            try report(doomed.map { ($0.item, $0.reason, false) })
            talk.console.message("\(what) would be removed")
        } else {
            if !isConfirmed, Question.canBeAsked { preview(doomed) }
            guard try Question.confirmRemoval(of: what, isConfirmed: isConfirmed) else {
                talk.console.message("nothing was removed")
                throw CommandAnswer(status: .answerIsNo)
            }
            try remove(doomed)
        }
        if failsIfBusy, !busy.isEmpty { throw CommandAnswer(status: .answerIsNo) }
    }

    private func remove(_ doomed: [(item: CacheItem, reason: String)]) throws {
        var results: [(CacheItem, String, Bool)] = []
        var failure: FileError?
        for (item, reason) in doomed where !Interruption.isRequested {
            do throws(FileError) {
                let isGone = try item.remove(from: cache)
                results.append((item, reason, isGone))
                if !isGone { talk.console.warning("\(item.path): another process is writing it; left alone") }
            } catch {
                talk.console.error("\(error)")
                results.append((item, reason, false))
                failure = failure ?? error
            }
        }
        try report(results)
        let gone = results.filter(\.2)
        let freed = gone.reduce(0) { $0 + $1.0.freedByteCount }
        talk.console.message("\(Formatting.count(gone.count, "file")) removed, \(Formatting.bytes(freed)) freed")
        try Interruption.check()
        if let failure { throw CommandAnswer(status: ExitStatus(failure.kind)) }
        if gone.count < doomed.count { throw CommandAnswer(status: .answerIsNo) }
    }

    private func report(_ results: [(CacheItem, String, Bool)]) throws {
        if talk.json {
            return try talk.console.json(
                results.map { Answer(path: $0.path.string, bytes: $0.byteCount, reason: $1, removed: $2) })
        }
        for (item, _, isGone) in results where isGone || isDryRun { talk.console.result(item.path.string) }
    }

    /// What the question is about.
    private func preview(_ doomed: [(item: CacheItem, reason: String)]) {
        for (item, reason) in doomed {
            talk.console.rawMessage("  \(item.name)  \(Formatting.bytes(item.byteCount))  \(reason)")
        }
    }
}
