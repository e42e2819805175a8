import ZooTraining

/// What `zoo tune` answers.
struct TuneAnswer: Encodable {
    /// One trial.
    struct Trial: Encodable {
        let number, round, epochs: Int
        let setting: [String: String]
        let accuracy, loss: Double?
        let seconds: Double
        let failure: String?
    }

    /// The trials, best first.
    let trials: [Trial]
    /// How many trials the search would have had.
    let plannedCount: Int
    /// The folder of the search.
    let folder: String
    /// The command that makes the best trial again.
    let command: [String]
    /// Where the checkpoint of the best setting is, if one was asked for.
    let output: String?
    /// Where the report is, if there is one.
    let report: String?
    /// How long the search took.
    let seconds: Double

    init(
        ranked: [TrialResult], planned: Int, folder: String, command: [String], output: String?, report: String?,
        seconds: Double
    ) {
        trials = ranked.map { result in
            Trial(
                number: result.number, round: result.round, epochs: result.epochs,
                setting: Dictionary(result.setting.pairs.map { ($0.name, $0.value) }) { $1 },
                accuracy: result.accuracy, loss: result.loss, seconds: result.seconds, failure: result.failure)
        }
        plannedCount = planned
        self.folder = folder
        self.command = command
        self.output = output
        self.report = report
        self.seconds = seconds
    }

    /// The ten best, for a person.
    func table(of space: SearchSpace) -> String {
        let names = space.dimensions.map(\.name)
        var table = Table(
            [("trial", .right)] + names.map { ($0, .left) } + [
                ("epochs", .right), ("accuracy", .right), ("loss", .right),
            ])
        // Of a setting that went through several rounds, the last one counts.
        var seen = Set<Int>()
        for trial in trials.filter({ seen.insert($0.number).inserted }).prefix(10) {
            table.add(
                ["\(trial.number)"] + names.map { trial.setting[$0] ?? "" } + [
                    "\(trial.epochs)", trial.accuracy.map { Formatting.percent($0) } ?? "failed",
                    trial.loss.map { Formatting.fixed($0, 4) } ?? "",
                ])
        }
        return table.text
    }

    /// What the search came to, for a person.
    var summary: String {
        let failures = trials.count { $0.accuracy == nil }
        let quoted = command.map {
            $0.contains { !"+-=./,:_@".contains($0) && !$0.isLetter && !$0.isNumber } ? "'\($0)'" : $0
        }
        return "\(Formatting.count(trials.count, "trial")) of \(plannedCount) in \(Formatting.seconds(seconds))"
            + (failures > 0 ? ", \(failures) of them failed: \(trials.last?.failure ?? "")" : "")
            + "; all are in \(folder)/trials.jsonl" + (report.map { ", the report is \($0)" } ?? "")
            + "\nthe best again: " + quoted.joined(separator: " ")
    }
}
