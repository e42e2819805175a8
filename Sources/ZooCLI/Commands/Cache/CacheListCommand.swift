import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore

/// `zoo cache list`: the files of the cache.
struct CacheListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the files of the cache.",
        discussion: """
            A file is 'ok' if a hash vouched for it and it has not changed since, 'unverified' if it was read but no \
            hash of it is known, 'unchecked' if it was not verified since it last changed, 'partial' if it is a \
            download. Nothing is read: 'zoo verify' does that. The last use is the file system's, which keeps it to \
            the day at best.

            Filters: size>1GB, age>30d (since the last use), name=*.pth, model=resnet*, model!=* (not registered), \
            status=ok; with <, <=, >, >=, =, !=. Several must all hold.

            Examples:
              zoo cache list --sort age
              zoo cache list --filter 'size>100MB' --filter 'model=resnet*'
              zoo cache list --filter status=unchecked --json
            """)

    @Option(
        help: ArgumentHelp("size, age or name, with :asc or :desc.", valueName: "order"),
        completion: .list(["name", "size", "age", "name:desc", "size:asc", "age:asc"]))
    var sort = "name"

    @Option(
        help: ArgumentHelp("Only files of which this is true; may be repeated.", valueName: "condition"),
        completion: Completions.filters)
    var filter: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let order = CacheOrder(sort) else {
            let near = Suggestion.question(Suggestion.nearest(to: sort, among: ["size", "age", "name"]))
            throw UsageError(
                "--sort takes size, age or name, with :asc or :desc, not '\(sort)'" + (near.map { ". \($0)" } ?? ""))
        }
        let filters = try filter.map { text in try CacheFilter(text) }
        let session = try Session()
        let now = Date().timeIntervalSince1970
        let all = try session.inventory()
        let items = order.sorted(all.items.filter { item in filters.allSatisfy { $0.matches(item, now: now) } })
        if output.json { return try output.console.json(items.map { CacheItemAnswer($0) }) }
        if !items.isEmpty { output.console.result(Self.table(items, now: now)) }
        output.console.message(Self.summary(CacheInventory(items: items), of: all, in: session.cache))
    }

    private static func table(_ items: [CacheItem], now: Double) -> Table {
        var table = Table([
            .init("FILE", .left, .shortened), .init("SIZE", .right), .init("LAST USE", .right, .leftOut(2)),
            .init("STATUS"), .init("VERIFIED", .left, .leftOut(3)), .init("MODEL", .left, .shortened),
        ])
        for item in items {
            let verified = item.record.map { record in
                let age = Formatting.age(now - Double(record.verifiedAt))
                return "\(age) ago" + (record.method == .none ? "" : ", \(record.method.rawValue)")
            }
            table.add([
                item.name + (item.isLink ? " →" : ""), Formatting.bytes(item.byteCount),
                Formatting.age(now - item.lastUsed) + " ago", item.status.rawValue + (item.isInUse ? ", in use" : ""),
                verified ?? "", item.model ?? "",
            ])
        }
        return table
    }

    private static func summary(_ shown: CacheInventory, of all: CacheInventory, in cache: CacheDirectory) -> String {
        guard !all.items.isEmpty else { return "no files in \(cache.checkpoints)" }
        let share = shown.items.count == all.items.count ? "" : " of \(all.items.count)"
        return "\(Formatting.count(shown.items.count, "file"))\(share) in \(cache.checkpoints), "
            + Formatting.bytes(shown.byteCount)
    }
}

/// A file of the cache, as `--json` prints it; times are seconds since 1970.
struct CacheItemAnswer: Encodable {
    struct Verified: Encodable {
        let at: Int
        let method: String
        let sha256: String
    }

    let name: String
    let path: String
    let kind: String
    let bytes: Int
    let isLink: Bool
    let inUse: Bool
    let lastUsed: Double
    let modified: Double
    let status: String
    let model: String?
    let verified: Verified?

    init(_ item: CacheItem) {
        name = item.name
        path = item.path.string
        kind = item.kind.rawValue
        bytes = item.byteCount
        isLink = item.isLink
        inUse = item.isInUse
        lastUsed = item.lastUsed
        modified = item.modified
        status = item.status.rawValue
        model = item.model
        verified = item.record.map {
            Verified(at: $0.verifiedAt, method: $0.method.rawValue, sha256: $0.sha256.hex)
        }
    }
}
