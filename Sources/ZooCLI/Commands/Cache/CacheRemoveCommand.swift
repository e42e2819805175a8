import ArgumentParser
import ZooCache
import ZooCore
import ZooRegistry

/// `zoo cache remove`: named files out of the cache.
struct CacheRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove files from the cache.",
        discussion: """
            A model stands for all of its weights that are in the cache, with downloads of them; 'resnet50:NAME' for \
            those alone. A pattern with * or ? stands for all files and models that it fits. A file that another \
            process has open or is fetching is left alone, and the exit code is 1. The paths of removed files are \
            printed.

            Examples:
              zoo cache remove resnet50
              zoo cache remove resnet50:IMAGENET1K_V1 my-weights.pth
              zoo cache remove 'vgg*' --dry-run
            """)

    @Argument(
        help: ArgumentHelp("Files of the cache, models, or patterns.", valueName: "name|model"),
        completion: Completions.cached)
    var names: [String]

    @Flag(name: [.short, .long], help: "Don't ask.")
    var yes = false

    @Flag(help: "Say what would be removed, and stop.")
    var dryRun = false

    @OptionGroup var talk: OutputOptions

    func run() throws {
        let session = try Session()
        let inventory = try session.inventory()
        var chosen: [CacheItem] = []
        for name in names {
            for item in try Self.items(name, inventory, session.registry) where !chosen.contains(item) {
                chosen.append(item)
            }
        }
        let sweep = CacheSweep(cache: session.cache, talk: talk, isDryRun: dryRun)
        try sweep.run(
            chosen.filter { !$0.isInUse }.map { ($0, "named") }, busy: chosen.filter(\.isInUse), isConfirmed: yes,
            failsIfBusy: true)
    }

    /// What `text` names: a file, a pattern, or a model with its downloads.
    private static func items(
        _ text: String, _ inventory: CacheInventory, _ registry: Registry
    ) throws -> [CacheItem] {
        if let exact = inventory.items.first(where: { $0.name == text }) { return [exact] }
        let pattern = Wildcard(text)
        if !pattern.isPlain {
            let models = Set(registry.entries(matching: text).map(\.fileName))
            let found = inventory.items.filter { pattern.fits($0.name) || belongs($0, to: models) }
            if found.isEmpty {
                throw UsageError("nothing in the cache fits '\(text)'; 'zoo cache list' lists the files")
            }
            return found
        }
        let files = Set(try modelFiles(text, inventory, registry))
        let found = inventory.items.filter { belongs($0, to: files) }
        if found.isEmpty { throw UsageError("\(text) is not in the cache; 'zoo cache list' lists the files") }
        return found
    }

    /// The file itself, or a download of it.
    private static func belongs(_ item: CacheItem, to files: Set<String>) -> Bool {
        files.contains(item.name) || item.kind != .file && files.contains { item.name.hasPrefix($0 + ".") }
    }

    private static func modelFiles(
        _ text: String, _ inventory: CacheInventory, _ registry: Registry
    ) throws(UsageError) -> [String] {
        do {
            let entry = try registry.entry(text)
            return text.contains(":") ? [entry.fileName] : registry.entries(named: entry.name).map(\.fileName)
        } catch {
            let near = Suggestion.nearest(to: text, among: inventory.items.map(\.name) + registry.entries.map(\.name))
            throw UsageError(
                "'\(text)' is neither a file of the cache nor a model. "
                    + (Suggestion.question(near) ?? "'zoo cache list' lists the files."))
        }
    }
}
