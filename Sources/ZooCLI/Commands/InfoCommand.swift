import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore
import ZooRegistry

/// `zoo info`: everything the registry says about one model.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what is known about a model.",
        discussion: """
            Examples:
              zoo info resnet50
              zoo info resnet50:IMAGENET1K_V1 --json
              zoo info resnet50 --graph
            """)

    @Argument(
        help: ArgumentHelp("A model, with :WEIGHTS where it has several.", valueName: "model"),
        completion: Completions.models)
    var model: String

    @Flag(help: "Show the network: layers, output shapes, parameters and multiply-adds.")
    var graph = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session()
        let entry = try session.registry.entry(model)
        if graph { return try showGraph(entry, classes: try session.registry.classes(of: entry)?.count) }
        let path = session.cache.checkpoints.appending(entry.fileName)
        let isCached = FileManager.default.fileExists(atPath: path.string)
        let classes = try session.registry.classes(of: entry)
        if output.json {
            return try output.console.json(
                Answer(entry, classes: classes, cachedPath: isCached ? path.string : nil))
        }
        let siblings = session.registry.entries.filter { $0.name == entry.name && $0.id != entry.id }
        let lines = Self.facts(entry, classes: classes, path: path, isCached: isCached, siblings: siblings)
        let width = lines.map(\.0.count).max() ?? 0
        for (label, value) in lines {
            let padding = String(repeating: " ", count: width - label.count)
            output.console.result("\(label)\(padding)  \(value)")
        }
    }

    private static func facts(
        _ entry: ModelEntry, classes: [String]?, path: FilePath, isCached: Bool, siblings: [ModelEntry]
    ) -> [(String, String)] {
        let preprocessing = entry.preprocessing
        let steps = [
            preprocessing.resize.map { "resize \($0) (\(preprocessing.interpolation.rawValue))" },
            preprocessing.crop.map { "crop \($0)" },
            "mean \(preprocessing.mean.map { "\($0)" }.joined(separator: " "))",
            "std \(preprocessing.std.map { "\($0)" }.joined(separator: " "))",
        ]
        let size =
            entry.byteCount.map { "\(Formatting.bytes($0)) (\(Formatting.grouped($0)) bytes)" }
            ?? entry.approximateMegabytes.map { "about " + Formatting.bytes(Int($0 * 1_048_576)) }
        let hash = entry.sha256?.hex ?? entry.sha256Prefix.map { "begins with \($0)" } ?? "unknown"
        let shownClasses = classes.map { all in
            "\(all.count): " + all.prefix(5).joined(separator: ", ") + (all.count > 5 ? ", …" : "")
        }
        let facts: [(String, String?)] = [
            ("model", entry.id + (entry.isDefault && !siblings.isEmpty ? " (default)" : "")),
            ("also", siblings.isEmpty ? nil : siblings.map(\.id).joined(separator: " ")),
            ("architecture", entry.architecture),
            ("parameters", entry.parameterCount.map(Formatting.grouped)),
            ("accuracy", entry.top1.map { "top-1 \($0) %" + (entry.top5.map { ", top-5 \($0) %" } ?? "") }),
            ("multiply-adds", entry.gflops.map { "\($0) G" }),
            ("classes", shownClasses),
            ("head", entry.head),
            ("preprocessing", steps.compactMap(\.self).joined(separator: ", ")),
            ("size", size),
            ("SHA-256", hash),
            ("URL", entry.url),
            ("licence", entry.licence),
            ("recipe", entry.recipe),
            ("origin", entry.origin),
            ("paper", entry.paper),
            ("cached", isCached ? path.string : "no; 'zoo fetch \(entry.id)' gets it"),
        ]
        return facts.compactMap { label, value in value.map { (label, $0) } }
    }
}

extension InfoCommand {
    /// The facts as `--json` prints them.
    struct Answer: Encodable {
        let name, weights, architecture, url, file: String
        let isDefault: Bool
        let aliases: [String]
        let sha256, sha256Prefix: String?
        let bytes, parameters: Int?
        let megabytes, top1, top5, gflops: Double?
        let licence, recipe, origin, paper, head: String?
        let preprocessing: Preprocessing
        let classes: [String]?
        let path: String?

        init(_ entry: ModelEntry, classes: [String]?, cachedPath: String?) {
            name = entry.name
            weights = entry.weights
            architecture = entry.architecture
            url = entry.url
            file = entry.fileName
            isDefault = entry.isDefault
            aliases = entry.aliases
            sha256 = entry.sha256?.hex
            sha256Prefix = entry.sha256Prefix
            bytes = entry.byteCount
            parameters = entry.parameterCount
            megabytes = entry.approximateMegabytes
            top1 = entry.top1
            top5 = entry.top5
            gflops = entry.gflops
            licence = entry.licence
            recipe = entry.recipe
            origin = entry.origin
            paper = entry.paper
            head = entry.head
            preprocessing = entry.preprocessing
            self.classes = classes
            path = cachedPath
        }
    }
}
