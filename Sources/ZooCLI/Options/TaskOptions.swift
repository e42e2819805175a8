import ArgumentParser
import ZooImage

/// Several questions about every image, each with a head of its own.
struct TaskOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Columns of the list DATA with labels of several tasks: one network, a head for each.",
            discussion: "For example species,sex. An empty cell is a missing label.", valueName: "columns"))
    var tasks: String?

    @Option(
        help: ArgumentHelp(
            "How much the loss of each task counts; 1 where nothing is said. For example species=1,sex=0.5.",
            valueName: "task=weight,…"))
    var taskWeights: String?

    /// The columns, in the order of the heads; none for one label an image.
    var names: [String] { tasks.map { Self.parts(of: $0) } ?? [] }

    /// The weights that were given.
    var weights: [String: Double] { (try? Self.weights(taskWeights ?? "")) ?? [:] }

    func validate() throws {
        if tasks != nil {
            guard names.count >= 2, !names.contains("") else {
                throw ValidationError(
                    "--tasks names at least two columns of labels, with commas between them; a list with one needs no --tasks"
                )
            }
        }
        guard let taskWeights else { return }
        guard tasks != nil else { throw ValidationError("--task-weights goes with --tasks") }
        _ = try Self.weights(taskWeights)
    }

    private static func parts(of text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimming(while: \.isWhitespace) }
    }

    private static func weights(_ text: String) throws -> [String: Double] {
        var weights: [String: Double] = [:]
        for part in text.isEmpty ? [] : parts(of: text) {
            guard let sign = part.lastIndex(of: "="), let weight = Double(part[part.index(after: sign)...]),
                weight > 0, weight.isFinite
            else {
                throw ValidationError(
                    "--task-weights: '\(part)' is no task with a positive number; write species=1,sex=0.5")
            }
            let name = part[..<sign].trimming(while: \.isWhitespace)
            guard weights.updateValue(weight, forKey: name) == nil else {
                throw ValidationError("--task-weights: the task '\(name)' has two weights; keep one")
            }
        }
        return weights
    }
}

extension StringProtocol {
    /// The text without what it begins and ends with.
    func trimming(while isLeftOut: (Character) -> Bool) -> String {
        let start = drop(while: isLeftOut)
        let end = start.lastIndex { !isLeftOut($0) }
        return end.map { String(start[...$0]) } ?? ""
    }
}
