import ArgumentParser
import FoundationEssentials
import ZooCache

/// `zoo cache prune`: what is not needed out of the cache.
struct CachePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove what is not needed any more from the cache.",
        discussion: """
            Without options, only downloads that nobody continues are removed: those that can be resumed after a day, \
            PyTorch's after ten minutes. What another process has open or is fetching is left alone. On a terminal \
            zoo asks first; elsewhere it needs -y.

            The last use is the file system's, which keeps it to the day at best.

            Examples:
              zoo cache prune --older-than 30d --dry-run   what was not used for a month
              zoo cache prune --max-size 5GB -y            the longest unused first
              zoo cache prune --unregistered               files of no registered model
            """)

    @Option(
        help: ArgumentHelp("Remove what was not used for so long: 12h, 30d, 8w, 1y.", valueName: "duration"),
        completion: .list(["30d", "8w", "1y"]))
    var olderThan: String?

    @Option(
        help: ArgumentHelp("Remove the longest unused until no more is left.", valueName: "size"),
        completion: .list(["1GB", "5GB", "20GB"]))
    var maxSize: String?

    @Flag(help: "Remove files of no registered model.")
    var unregistered = false

    @Flag(help: "Remove downloads that could be resumed, too.")
    var partials = false

    @Flag(name: [.short, .long], help: "Don't ask.")
    var yes = false

    @Flag(help: "Say what would be removed, and stop.")
    var dryRun = false

    @OptionGroup var talk: OutputOptions

    func run() throws {
        let rule = try self.rule()
        let session = try Session()
        let plan = PrunePlan(try session.inventory(), rule, now: Date().timeIntervalSince1970)
        let sweep = CacheSweep(cache: session.cache, talk: talk, isDryRun: dryRun)
        try sweep.run(
            plan.removals.map { ($0.item, $0.reason.rawValue) }, busy: plan.inUse, isConfirmed: yes,
            failsIfBusy: false)
        // Left over from files that went away by other hands.
        if !dryRun { try? session.cache.verificationRecords.removeOrphans() }
        if let limit = rule.maximumByteCount, plan.remainingByteCount > limit {
            talk.console.warning(
                "\(Formatting.bytes(plan.remainingByteCount)) are left: what is in use and downloads are not removed")
            throw CommandAnswer(status: .answerIsNo)
        }
    }

    private func rule() throws -> PrunePlan.Rule {
        var rule = PrunePlan.Rule()
        rule.unregistered = unregistered
        rule.partials = partials
        if let olderThan {
            guard let seconds = Quantity.seconds(olderThan) else {
                throw UsageError("--older-than takes a duration such as 12h, 30d, 8w or 1y, not '\(olderThan)'")
            }
            rule.olderThan = seconds
        }
        if let maxSize {
            guard let count = Quantity.byteCount(maxSize) else {
                throw UsageError("--max-size takes a size such as 500MB, 5GB or 1.5GiB, not '\(maxSize)'")
            }
            rule.maximumByteCount = count
        }
        return rule
    }
}
