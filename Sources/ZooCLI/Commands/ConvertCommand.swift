import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooTensor

/// `zoo convert`: a checkpoint in another format.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a checkpoint in another format, or with other names or element types.",
        discussion: """
            The format follows from OUT's extension, or from --to: torch (.pth .pt .tar .th .ckpt .bin), torch-legacy, \
            safetensors, npz. PyTorch's formats get everything that PyTorch's safe loader reads; the others get the \
            state dict, with text and numbers beside it in the metadata of safetensors.

            In this order: --select, --strip-prefix, --rename, --include and --exclude, --dequantize, --dtype, --layout. Names, \
            element types and axes change in the state dict only. The result is read back and compared before it takes \
            its name.

            Examples:
              zoo convert resnet18-f37072fd.pth resnet18.safetensors
              zoo convert model.safetensors model.pth
              zoo convert large.pth large.safetensors --max-shard-size 5GB
              zoo convert large.safetensors.index.json large.pth
              zoo convert run.pth.tar half.pth --strip-prefix module. --dtype float16
              zoo convert photos-int8.pth photos.pth --dequantize
              zoo convert a.pth mlx.safetensors --rename '^net\\.(.*)=>$1' --layout nhwc
            """)

    @Argument(
        help: ArgumentHelp("A checkpoint, or the name of a model in the cache.", valueName: "in"),
        completion: Completions.cachedModelsAndFiles)
    var input: String

    @Argument(
        help: ArgumentHelp("The file to write.", valueName: "out"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output: String

    @Option(help: ArgumentHelp("The format, whatever OUT is called.", valueName: "format"))
    var to: OutputFormat?

    @Option(help: ArgumentHelp("Write this part only: a key such as state_dict; '.' is everything.", valueName: "key"))
    var select: String?

    @Option(
        name: .customLong("strip-prefix"),
        help: ArgumentHelp("Cut this from the front of names; may be repeated.", valueName: "prefix"))
    var prefixes: [String] = []

    @Option(
        name: .customLong("rename"),
        help: ArgumentHelp(
            "Replace what matches a regular expression, with $1… for its groups; may be repeated.",
            valueName: "re=>to"))
    var renames: [String] = []

    @Option(
        name: .customLong("include"),
        help: ArgumentHelp("Keep names that match only; may be repeated.", valueName: "glob"))
    var includes: [String] = []

    @Option(
        name: .customLong("exclude"),
        help: ArgumentHelp("Leave out names that match; may be repeated.", valueName: "glob"))
    var excludes: [String] = []

    @Flag(
        name: .customLong("dequantize"),
        help: "Write float32 for 8-bit integers with scales: those of 'zoo quantize', and PyTorch's quantized tensors.")
    var dequantises = false

    @Option(help: ArgumentHelp("Round floating-point tensors to this type.", valueName: "type"))
    var dtype: ConversionDType?

    @Option(
        help: ArgumentHelp(
            "Put convolutions' weights into MLX's order, O×H×W×I instead of O×I×H×W.", valueName: "order"))
    var layout: ConversionLayout?

    @Flag(
        name: .customLong("drop-optimizer"), help: "Leave out optimizers, learning-rate schedulers, gradient scalers.")
    var dropsOptimizer = false

    @Option(
        name: .customLong("max-shard-size"),
        help: ArgumentHelp("Split safetensors into files of this size, such as 5GB or 500MB.", valueName: "size"))
    var shardSize: ByteSize?

    @Flag(help: "Replace OUT if it exists.")
    var force = false

    @OptionGroup var talk: OutputOptions

    func run() throws {
        let target = FilePath(output)
        let format = try format(of: target)
        try OutputFile.checkPlace(target)
        if !force, FileManager.default.fileExists(atPath: target.string) {
            throw UsageError("\(target) exists; --force replaces it")
        }
        var options = ConversionOptions()
        options.select = select
        options.strippedPrefixes = prefixes
        for rename in renames { options.renames.append(try RenameRule(parsing: rename)) }
        options.includes = includes.map { Glob($0) }
        options.excludes = excludes.map { Glob($0) }
        options.dtype = dtype?.dtype
        options.dequantises = dequantises
        options.isChannelsLast = layout == .nhwc
        options.dropsOptimizer = dropsOptimizer
        options.largestShard = shardSize?.byteCount

        let checkpoint = try Checkpoint.open(try CheckpointArgument.path(of: input))
        let console = talk.console
        let progress = ProgressLine(console)
        let report = try Conversion.run(checkpoint, to: target, as: format, options: options) { done, total in
            try Interruption.check()
            progress.update("converting", done / 1_000_000, of: total / 1_000_000, "MB")
        }
        progress.clear()
        for warning in report.warnings { console.warning(warning) }
        if talk.json { return try console.json(Answer(checkpoint, report)) }
        console.result(Self.summary(report))
    }

    private func format(of target: FilePath) throws -> ConversionFormat {
        if let to { return to.format }
        if let format = ConversionFormat(extensionOf: target) { return format }
        throw UsageError(
            "\(target): its name does not say which format to write; name it .pth, .safetensors or .npz, or use --to")
    }

    private static func summary(_ report: ConversionReport) -> String {
        var parts = [Formatting.count(report.tensorCount, "tensor"), Formatting.bytes(report.byteCount)]
        if report.aliasCount > 0 {
            parts.append("\(report.aliasCount) \(report.aliasCount == 1 ? "is an alias" : "are aliases")")
        }
        if report.castCount > 0 { parts.append("\(report.castCount) rounded") }
        if report.movedCount > 0 { parts.append("\(report.movedCount) with channels last") }
        let files = report.files.map(\.string).joined(separator: "\n")
        return "\(files): \(report.format.rawValue), \(parts.joined(separator: ", "))"
    }

    private struct Answer: Encodable {
        let input, inputFormat, format: String
        let files: [String]
        let tensors, aliases, byteCount, cast, moved, overflowed: Int
        let warnings: [String]

        init(_ checkpoint: Checkpoint, _ report: ConversionReport) {
            input = checkpoint.path.string
            inputFormat = checkpoint.format.rawValue
            format = report.format.rawValue
            files = report.files.map(\.string)
            tensors = report.tensorCount
            aliases = report.aliasCount
            byteCount = report.byteCount
            cast = report.castCount
            moved = report.movedCount
            overflowed = report.overflowCount
            warnings = report.warnings
        }
    }
}

/// The formats that `--to` takes.
struct OutputFormat: ExpressibleByArgument {
    let format: ConversionFormat

    init?(argument: String) {
        guard let format = ConversionFormat(rawValue: argument) else { return nil }
        self.format = format
    }

    static let allValueStrings = ConversionFormat.allCases.map(\.rawValue)
}

/// The element types that `--dtype` takes.
enum ConversionDType: String, ExpressibleByArgument, CaseIterable {
    case float32, float16, bfloat16

    var dtype: DType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        }
    }
}

/// The orders of axes that `--layout` takes.
enum ConversionLayout: String, ExpressibleByArgument, CaseIterable {
    case nhwc
}

/// A number of bytes with a unit: `500MB`, `5GB`, `1GiB`, `4096`.
struct ByteSize: ExpressibleByArgument {
    let byteCount: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units = [
            "": 1, "b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
            "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
        ]
        guard let number = Int(digits), number > 0, let unit = units[argument.dropFirst(digits.count).lowercased()],
            let count = Checked.multiply(number, unit)
        else { return nil }
        byteCount = count
    }
}
