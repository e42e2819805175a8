import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCheckpoint
import ZooCore
import ZooRegistry
import ZooTensor

/// `zoo inspect`: what is in a checkpoint.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a checkpoint, without running any of it.",
        discussion: """
            Nothing but descriptions is read, unless --digest asks for the values.

            Examples:
              zoo inspect model.pth
              zoo inspect resnet18 --json
              zoo inspect model.pth --digest
            """)

    @Argument(help: ArgumentHelp("A checkpoint, or the name of a model in the cache.", valueName: "file"))
    var file: String

    @Flag(help: "Add the SHA-256 of each tensor's values, row-major and little-endian.")
    var digest = false

    @OptionGroup var talk: OutputOptions

    func run() throws {
        let path = try Self.path(of: file)
        let checkpoint = try Checkpoint.open(path)
        var digests: [String] = []
        if digest {
            for entry in checkpoint.tensors {
                try Interruption.check()
                digests.append(try checkpoint.tensor(entry).digest().hex)
            }
        }
        if talk.json { return try talk.console.json(Answer(checkpoint, digests: digests)) }
        show(checkpoint, digests: digests, console: talk.console)
    }

    /// A file, or the cached file of a registered model; nothing is fetched.
    private static func path(of text: String) throws -> FilePath {
        let path = FilePath(text)
        if FileManager.default.fileExists(atPath: path.string) { return path }
        if text.contains("/") || path.extension != nil { throw FileError(.open, path, .noSuchFileOrDirectory) }
        let session = try Session()
        let entry = try session.registry.entry(text)
        let cached = session.cache.checkpoints.appending(entry.fileName)
        guard FileManager.default.fileExists(atPath: cached.string) else {
            throw UsageError("\(entry.id) is not in the cache; 'zoo fetch \(entry.id)' gets it")
        }
        return cached
    }

    private func show(_ checkpoint: Checkpoint, digests: [String], console: Console) {
        console.result("\(checkpoint.path): \(checkpoint.format.rawValue)")
        var columns: [(title: String, alignment: Table.Alignment)] = [
            ("TENSOR", .left), ("DTYPE", .left), ("SHAPE", .left), ("BYTES", .right),
        ]
        if digest { columns.append(("SHA-256", .left)) }
        var table = Table(columns)
        for (index, entry) in checkpoint.tensors.enumerated() {
            table.add(
                [
                    entry.name.isEmpty ? "(the file itself)" : entry.name, entry.dtype.name,
                    entry.shape.description, Formatting.grouped(entry.layout.byteCount),
                ] + (digest ? [digests[index]] : []))
        }
        if !checkpoint.tensors.isEmpty { console.result(table.text) }
        let elements = checkpoint.tensors.reduce(0) { $0 + $1.shape.elementCount }
        let bytes = checkpoint.tensors.reduce(0) { $0 + $1.layout.byteCount }
        let storages = Set(checkpoint.tensors.map(\.storage)).count
        console.result(
            "\(Formatting.count(checkpoint.tensors.count, "tensor")) in \(Formatting.count(storages, "storage")), "
                + "\(Formatting.count(elements, "element")), \(Formatting.bytes(bytes))")
        if checkpoint.hiddenTensorCount > 0 {
            console.warning(
                "\(Formatting.count(checkpoint.hiddenTensorCount, "further tensor")) inside instances of classes that "
                    + "zoo does not know; they are not listed")
        }
        let facts = CheckpointFacts(checkpoint).pairs
        for (name, fact) in facts.prefix(20) { console.result("\(name) = \(fact)") }
        if facts.count > 20 { console.result("… and \(facts.count - 20) more values; --json has them all") }
        console.result("imports: " + (checkpoint.globals.isEmpty ? "none" : checkpoint.globals.joined(separator: ", ")))
    }
}
