import ArgumentParser
import ZooTraining

/// How a setting of a search becomes a `zoo finetune`.
struct TrialOptions {
    /// What is searched.
    let space: SearchSpace
    /// The command with the options that all trials have.
    let base: FinetuneCommand

    private let data: String
    private let common: [String]
    private let flags: Set<String>

    /// Options that say where things go, or how a command ends; a search has its own.
    private static let reserved: Set<String> = [
        "output", "run", "resume", "overwrite", "json", "quiet", "plan", "lr-find", "compare-scratch", "folds", "seed",
        "val-fraction", "html", "strict", "threads", "version", "help", "no-feature-cache", "features", "tasks",
        "task-weights",
    ]

    /// Reads what is searched and what is common.
    ///
    /// - Throws: ``TrainingError`` (`invalidSetting`) for a space that makes no sense, ``UsageError`` for options that
    ///   'zoo finetune' does not have, or that are both given and searched.
    init(data: String, common: [String], space: [String], seed: UInt64) throws {
        let names = Self.optionNames
        self.space = try SearchSpace(space, known: names.options.union(names.flags).subtracting(Self.reserved))
        for dimension in self.space.dimensions
        where common.contains(where: { $0.split(separator: "=").first ?? "" == "--\(dimension.name)" }) {
            throw UsageError("--\(dimension.name) is given and searched; leave out one of the two")
        }
        flags = names.flags
        self.data = data
        self.common = common + ["--seed=\(seed)"]
        base = try Self.parse([data] + self.common)
        try base.refuseTasks(in: "zoo tune")
        guard base.features.isEmpty else {
            throw UsageError("trials share the features that they compute; leave out --features, name the --model")
        }
    }

    /// The words behind `zoo finetune` that all trials have.
    var baseArguments: [String] { [data] + common }

    /// The searched options that are flags.
    var searchedFlags: [String] { space.dimensions.map(\.name).filter { flags.contains($0) } }

    /// The words behind `zoo finetune` for a setting.
    ///
    /// Where heads are searched, a setting has values for all of them; those that say nothing of its head are left out.
    func arguments(_ setting: SearchSetting, epochs: Int?) throws -> [String] {
        var words = baseArguments
        let meaningless = Self.meaningless(in: setting)
        for pair in setting.without(meaningless).pairs {
            guard flags.contains(pair.name) else {
                words.append("--\(pair.name)=\(pair.value)")
                continue
            }
            switch pair.value {
            case "yes", "true": words.append("--\(pair.name)")
            case "no", "false": break
            default: throw UsageError("--\(pair.name) is a flag: its values are yes and no, not '\(pair.value)'")
            }
        }
        return words + (meaningless.contains("epochs") ? [] : epochs.map { ["--epochs=\($0)"] } ?? [])
    }

    /// What of a setting decides what is trained: settings that differ in nothing else are the same trial.
    static func meaning(of setting: SearchSetting) -> SearchSetting { setting.without(meaningless(in: setting)) }

    private static func meaningless(in setting: SearchSetting) -> Set<String> {
        setting["head"].flatMap(HeadName.init)?.meaninglessOptions ?? []
    }

    /// The command of a setting.
    func command(_ setting: SearchSetting, epochs: Int?) throws -> FinetuneCommand {
        try Self.parse(try arguments(setting, epochs: epochs))
    }

    /// The command that some words are.
    ///
    /// - Throws: ``UsageError``.
    static func parse(_ words: [String]) throws -> FinetuneCommand {
        do { return try FinetuneCommand.parse(words) } catch {
            throw UsageError(FinetuneCommand.message(for: error))
        }
    }

    /// The names of the options and of the flags that 'zoo finetune' has, from its own help.
    private static var optionNames: (options: Set<String>, flags: Set<String>) {
        var options = Set<String>()
        var flags = Set<String>()
        for line in FinetuneCommand.helpMessage(columns: 200).split(separator: "\n") {
            guard let match = line.prefixMatch(of: /\s+(?:-\w, )?--([a-z0-9-]+)( <)?/) else { continue }
            if match.2 != nil { options.insert(String(match.1)) } else { flags.insert(String(match.1)) }
        }
        return (options, flags)
    }
}
