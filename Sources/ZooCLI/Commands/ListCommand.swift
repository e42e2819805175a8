import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore
import ZooRegistry

/// `zoo list`: the models that zoo knows.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the models that can be fetched.",
        discussion: """
            Examples:
              zoo list               everything
              zoo list 'resnet*'     by name
              zoo list --cached      what is in the cache already
            """)

    @Argument(
        help: ArgumentHelp("A part of a name, or a pattern with * and ?.", valueName: "pattern"),
        completion: Completions.models)
    var pattern: String?

    @Flag(help: "Only what is in the cache.")
    var cached = false

    @OptionGroup var output: OutputOptions

    /// One model, as `--json` prints it.
    struct Row: Encodable {
        let name: String
        let weights: String
        let isDefault: Bool
        let file: String
        let cached: Bool
        let bytes: Int?
        let megabytes: Double?
        let parameters: Int?
        let accuracy: Double?
    }

    func run() throws {
        let session = try Session()
        let entries = pattern.map { session.registry.entries(matching: $0) } ?? session.registry.entries
        let rows = entries.map { Self.row($0, in: session.cache) }.filter { !cached || $0.cached }
        if output.json { return try output.console.json(rows) }
        guard !rows.isEmpty else {
            let what = pattern.map { " matching '\($0)'" } ?? ""
            // 'resnte' is nearer to the beginning of names than to any whole one.
            let names = session.registry.entries.flatMap { [$0.name, String($0.name.prefix { $0.isLetter })] }
            let near = Suggestion.nearest(to: pattern ?? "", among: Array(Set(names)).sorted())
            let question = Suggestion.question(near).map { ". \($0)" } ?? ""
            output.console.message(
                cached ? "no registered model\(what) is in \(session.cache.checkpoints)" : "no model\(what)\(question)")
            throw CommandAnswer(status: .answerIsNo)
        }
        output.console.result(Self.table(rows))
    }

    private static func row(_ entry: ModelEntry, in cache: CacheDirectory) -> Row {
        let path = cache.checkpoints.appending(entry.fileName)
        return Row(
            name: entry.name, weights: entry.weights, isDefault: entry.isDefault, file: entry.fileName,
            cached: FileManager.default.fileExists(atPath: path.string), bytes: entry.byteCount,
            megabytes: entry.approximateMegabytes, parameters: entry.parameterCount, accuracy: entry.top1)
    }

    private static func table(_ rows: [Row]) -> Table {
        var table = Table([
            .init("MODEL", .left, .shortened), .init("WEIGHTS", .left, .shortened), .init("SIZE", .right, .leftOut(1)),
            .init("PARAMETERS", .right, .leftOut(3)), .init("TOP-1", .right, .leftOut(2)), .init(""),
        ])
        for row in rows {
            table.add([
                row.name, row.weights + (row.isDefault ? " *" : ""),
                row.bytes.map(Formatting.bytes) ?? row.megabytes.map { Formatting.bytes(Int($0 * 1_048_576)) } ?? "",
                row.parameters.map(Formatting.grouped) ?? "", row.accuracy.map { Formatting.fixed($0, 1) + " %" } ?? "",
                row.cached ? "cached" : "",
            ])
        }
        return table
    }
}
