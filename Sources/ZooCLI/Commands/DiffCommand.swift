import ArgumentParser
import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooTensor

/// `zoo diff`: what is different between two checkpoints.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two checkpoints: names, element types, shapes, values.",
        discussion: """
            Any two formats can be compared. Tensors are compared by name; if no name is in both files, by their names \
            in the state dicts of both. NaN equals NaN. Elements differ if |a - b| > atol + rtol · |b|. Only tensors \
            are compared, not the numbers and texts beside them.

            Exits with 0 if every tensor was compared and none is different, with 1 if there is a difference, and with \
            5 if none was found but some tensors could not be compared; each of those is named.

            Examples:
              zoo diff before.pth after.pth
              zoo diff model.pth model.safetensors --select state_dict
              zoo diff float32.pth retrained.pth --rtol 1e-5 --atol 1e-8
            """)

    @Argument(
        help: ArgumentHelp("A checkpoint, or the name of a model in the cache.", valueName: "a"),
        completion: Completions.cachedModelsAndFiles)
    var left: String

    @Argument(help: ArgumentHelp("The other one.", valueName: "b"), completion: Completions.cachedModelsAndFiles)
    var right: String

    @Option(help: ArgumentHelp("Relative tolerance.", valueName: "r"))
    var rtol: Double = 0

    @Option(help: ArgumentHelp("Absolute tolerance.", valueName: "a"))
    var atol: Double = 0

    @Option(
        help: ArgumentHelp(
            "Compare this part only: a key such as state_dict, in each file that has it.", valueName: "key")
    )
    var select: String?

    @OptionGroup var talk: OutputOptions

    func validate() throws {
        guard rtol >= 0, rtol.isFinite, atol >= 0, atol.isFinite else {
            throw ValidationError("--rtol and --atol must not be negative")
        }
    }

    func run() throws {
        let paths = (try CheckpointArgument.path(of: left), try CheckpointArgument.path(of: right))
        let (first, second) = (try Checkpoint.open(paths.0), try Checkpoint.open(paths.1))
        let progress = ProgressLine(talk.console)
        let diff = try CheckpointDiff(
            first, second, select: select, absoluteTolerance: atol, relativeTolerance: rtol
        ) { done, total in
            try Interruption.check()
            progress.update("comparing", done / 1_000_000, of: total / 1_000_000, "MB")
        }
        progress.clear()
        if talk.json { try talk.console.json(Answer(diff)) } else { show(diff, paths, talk.console) }
        if !diff.isEmpty { throw CommandAnswer(status: .answerIsNo) }
        if !diff.isWhole { throw CommandAnswer(status: .unreadable) }
    }

    private func show(_ diff: CheckpointDiff, _ paths: (FilePath, FilePath), _ console: Console) {
        if diff.parts.left != diff.parts.right {
            let names = [diff.parts.left, diff.parts.right].map { $0.isEmpty ? "the whole file" : "'\($0)'" }
            let reason = select == nil ? "no name is in both; " : ""
            console.message("\(reason)comparing \(names[0]) of \(paths.0) with \(names[1]) of \(paths.1)")
        }
        for single in diff.onlyLeft {
            console.result("only in \(paths.0): \(single.name) (\(single.dtype.name) \(single.shape))")
        }
        for single in diff.onlyRight {
            console.result("only in \(paths.1): \(single.name) (\(single.dtype.name) \(single.shape))")
        }
        for pair in diff.renamed { console.result("renamed: \(pair.left) → \(pair.right)") }
        for change in diff.changed { console.result(Self.line(change)) }
        for change in diff.redescribed { console.result("\(change.name): \(change.left) → \(change.right)") }
        for tensor in diff.uncompared { console.result(Self.line(tensor, paths)) }
        console.result(Self.summary(diff, paths))
    }

    private static func summary(_ diff: CheckpointDiff, _ paths: (FilePath, FilePath)) -> String {
        let counts: [(Int, String)] = [
            (diff.sameCount, "same"), (diff.changed.count, "different"), (diff.renamed.count, "renamed"),
            (diff.redescribed.count, "with another meaning"), (diff.onlyLeft.count, "only in \(paths.0)"),
            (diff.onlyRight.count, "only in \(paths.1)"), (diff.uncompared.count, "not compared"),
        ]
        let total = counts.filter { $0.0 > 0 }.map { "\(Formatting.grouped($0.0)) \($0.1)" }
        if total.isEmpty { return "no tensors in either" }
        let verdict = diff.isEmpty && !diff.isWhole ? "; whether the files are the same cannot be told" : ""
        return total.joined(separator: ", ") + verdict
    }

    private static func line(_ tensor: CheckpointDiff.Uncompared, _ paths: (FilePath, FilePath)) -> String {
        let (place, other) =
            switch tensor.side {
            case .left: ("\(paths.0)", "\(paths.1)")
            case .right: ("\(paths.1)", "\(paths.0)")
            case .both: ("both", "")
            }
        let name = tensor.name.isEmpty ? "the file itself" : tensor.name
        return "not compared: \(name) (in \(place)): \(tensor.reason)"
            + (tensor.isAlone ? "; \(other) has no tensor of this name" : "")
    }

    private static func line(_ change: CheckpointDiff.Changed) -> String {
        var parts: [String] = []
        if change.left.dtype != change.right.dtype {
            parts.append("\(change.left.dtype.name) → \(change.right.dtype.name)")
        }
        if change.left.shape != change.right.shape { parts.append("\(change.left.shape) → \(change.right.shape)") }
        if let values = change.values {
            parts.append(
                values.differingCount == 0
                    ? "same values"
                    : "\(Formatting.grouped(values.differingCount)) of \(Formatting.count(values.elementCount, "element")) "
                        + "differ, absolute max \(Self.short(values.largestAbsolute)) mean "
                        + "\(Self.short(values.meanAbsolute)), relative max \(Self.short(values.largestRelative)) mean "
                        + Self.short(values.meanRelative))
        } else if change.left.isMeta || change.right.isMeta {
            parts.append("a tensor of the 'meta' device has no values")
        } else if change.left.shape == change.right.shape {
            parts.append("the types have no numbers to compare")
        }
        return "\(change.name): \(parts.joined(separator: "; "))"
    }

    /// Three digits, for people: `1.19e-07`.
    private static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        var exponent = 0
        var mantissa = value
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        guard exponent < -3 || exponent > 5 else { return Formatting.fixed(value, max(0, 2 - exponent)) }
        return
            "\(Formatting.fixed(mantissa, 2))e\(exponent < 0 ? "-" : "+")\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
    }
}
