import ZooReport

/// The trials of a search in a table.
struct TrialsSection {
    let space: SearchSpace
    /// The settings with an accuracy, the best first.
    let ranked: [TrialResult]
    let failed: [TrialResult]

    /// So many are shown at once.
    private static let count = 20
    /// More are not shown at all; `trials.jsonl` has them.
    private static let limit = 1000

    var section: Page.Section? {
        guard !ranked.isEmpty || !failed.isEmpty else { return nil }
        return Page.Section("trials", "Trials") {
            table(ranked.prefix(Self.count))
            if ranked.count > Self.count {
                HTML.details("All \(NumberText.grouped(ranked.count)) settings") {
                    if ranked.count > Self.limit {
                        HTML.note("The best \(NumberText.grouped(Self.limit)); trials.jsonl has all of them.")
                    }
                    table(ranked.prefix(Self.limit))
                }
            }
            if !failed.isEmpty {
                HTML.details("\(NumberText.count(failed.count, "setting")) without an accuracy") { failures }
            }
        }
    }

    private func table(_ trials: ArraySlice<TrialResult>) -> [HTML] {
        var table = DataTable(
            [.init("Trial")]
                + space.dimensions.map { dimension in
                    if case .choices = dimension.values { return .init(dimension.name, .text) }
                    return .init(dimension.name)
                } + [.init("Accuracy", .text), .init("Loss"), .init("Epochs"), .init("Time")])
        for trial in trials {
            let accuracy = trial.accuracy ?? 0
            table.add(
                [HTML("\(trial.number)")] + trial.setting.pairs.map { HTML($0.value) } + [
                    HTML.meter(NumberText.percent(accuracy), share: accuracy),
                    HTML(trial.loss.map { NumberText.fixed($0, 4) } ?? "–"), HTML("\(trial.epochs)"),
                    HTML(NumberText.seconds(trial.seconds)),
                ])
        }
        return table.html
    }

    private var failures: [HTML] {
        var table = DataTable([.init("Trial"), .init("Setting", .text), .init("Why", .text)])
        for trial in failed.sorted(by: { $0.number < $1.number }).prefix(Self.limit) {
            table.add([
                "\(trial.number)", trial.setting.pairs.map { "\($0.name) \($0.value)" }.joined(separator: ", "),
                trial.failure ?? "–",
            ])
        }
        return table.html
    }
}
