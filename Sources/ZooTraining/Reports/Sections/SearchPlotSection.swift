import ZooReport

/// All settings of a search at a glance.
struct SearchPlotSection {
    let space: SearchSpace
    /// The settings with an accuracy, the best first.
    let ranked: [TrialResult]
    let hasRounds: Bool

    var section: Page.Section? {
        guard ranked.count > 1 else { return nil }
        return Page.Section("settings", "Settings") {
            HTML("p", ["class": "legend"]) {
                "worse"
                HTML("span", ["class": "ramp"])
                "better, by rank"
                HTML("span", ["class": "key s2"])
                "the best"
            }
            chart.html
            HTML.note(
                "A line for each setting, from its options to its accuracy on the right. Where the dark (or, in the dark, the "
                    + "light) lines bundle, the option matters and that is where it should be; where they cross everywhere it does "
                    + "not."
                    + (lowest > worst
                        ? " Accuracies below \(NumberText.percent(lowest)) are drawn at the axis’s end." : "")
                    + (hasRounds ? " Settings that were left behind early had fewer epochs." : "")
                    + (ranked.count > ParallelCoordinates.lineLimit
                        ? " The best \(ParallelCoordinates.lineLimit) are shown." : ""))
        }
    }

    private var worst: Double { ranked.compactMap(\.accuracy).min() ?? 0 }

    /// Where the axis of accuracies begins: a few settings far below all others would press these together.
    private var lowest: Double {
        let sorted = ranked.compactMap(\.accuracy).sorted()
        guard sorted.count >= 20 else { return worst }
        let (first, third) = (sorted[sorted.count / 4], sorted[sorted.count * 3 / 4])
        return max(worst, first - 3 * (third - first))
    }

    var chart: ParallelCoordinates {
        let range = lowest...(ranked.compactMap(\.accuracy).max() ?? 1)
        let dimensions =
            space.dimensions.map { ParallelCoordinates.Dimension($0.name, Self.scale($0.values)) } + [
                ParallelCoordinates.Dimension("accuracy", .shares(range))
            ]
        let lines = ranked.enumerated().map { rank, trial in
            ParallelCoordinates.Line(
                values: zip(space.dimensions, trial.setting.pairs).map { Self.number($1.value, $0.values) } + [
                    trial.accuracy ?? 0
                ], standing: 1 - Double(rank) / Double(max(ranked.count - 1, 1)), label: Self.label(trial))
        }
        return ParallelCoordinates(title: "Settings and their accuracies", dimensions: dimensions, lines: lines)
    }

    private static func label(_ trial: TrialResult) -> String {
        "trial \(trial.number): " + trial.setting.pairs.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            + ": " + NumberText.percent(trial.accuracy ?? 0)
    }

    private static func scale(_ values: SearchSpace.Values) -> ParallelCoordinates.Scale {
        switch values {
        case .logarithmic(let low, let high): .logarithmic(low...high)
        case .uniform(let low, let high): .linear(low...high)
        case .integer(let low, let high): .integer(Double(low)...Double(high))
        case .choices(let choices): .categories(choices)
        }
    }

    private static func number(_ text: String, _ values: SearchSpace.Values) -> Double {
        guard case .choices(let choices) = values else { return Double(text) ?? .nan }
        return choices.firstIndex(of: text).map(Double.init) ?? .nan
    }
}
