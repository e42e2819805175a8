public import SystemPackage
public import ZooCore
import ZooReport

/// The page about a search: every trial at a glance, the best, and which options matter.
public struct SearchReport: Sendable {
    private let search: RecordedSearch
    private let ranked: [TrialResult]
    private let failed: [TrialResult]

    /// The report of a search, at its end or before.
    public init(_ search: RecordedSearch) {
        self.search = search
        let all = search.ranked
        ranked = all.filter { $0.accuracy != nil }
        failed = all.filter { $0.accuracy == nil }
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(trials · (log(trials) + options · permutations)).
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    /// Whether successive halving gave trials different numbers of epochs.
    private var hasRounds: Bool { search.trials.contains { $0.round > 1 } }

    /// The page as text.
    var markup: String { page.markup }

    private var page: Page {
        Page(
            title: search.path.absolute.lastComponent?.string ?? "Search",
            subtitle: HTML("A search for settings of zoo finetune"), summary: summary,
            sections: [
                SearchPlotSection(space: search.space, ranked: ranked, hasRounds: hasRounds).section, importance,
                progress, TrialsSection(space: search.space, ranked: ranked, failed: failed).section, facts,
            ],
            footer:
                "Written by zoo \(ZooVersion.current) from \(search.path.absolute.lastComponent?.string ?? "a search")."
        )
    }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        if let best = ranked.first {
            HTML("p") {
                "The best: "
                for (index, pair) in best.setting.pairs.enumerated() {
                    if index > 0 { ", " }
                    HTML("b") { "\(pair.name) \(pair.value)" }
                }
                "."
            }
            HTML.note(
                "It was chosen by this accuracy, so part of it is luck: the same network does a little worse on other images. "
                    + "Judge it by images that the search has not seen.")
        } else {
            HTML.warning("No trial has ended with an accuracy.")
        }
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        let accuracies = ranked.compactMap(\.accuracy).sorted()
        if let best = ranked.first, let accuracy = best.accuracy {
            tiles.add("Best accuracy", NumberText.percent(accuracy), note: "trial \(best.number)")
            tiles.add(
                "Median",
                NumberText.percent((accuracies[(accuracies.count - 1) / 2] + accuracies[accuracies.count / 2]) / 2),
                note: "worst \(NumberText.percent(accuracies[0]))")
        }
        let trainings = search.trials.count
        tiles.add(
            "Settings", NumberText.grouped(ranked.count + failed.count),
            note: hasRounds ? NumberText.count(trainings, "training") : nil)
        if !failed.isEmpty { tiles.add("Failed", NumberText.grouped(failed.count)) }
        tiles.add("Time", NumberText.seconds(search.trials.reduce(0) { $0 + $1.seconds }), note: "in trials")
        return tiles
    }

    private var importance: Page.Section? {
        // Later rounds of halving have the good settings only, and more epochs.
        let options = OptionImportance.all(of: search.space, in: search.trials.filter { $0.round == 1 })
        guard !options.isEmpty else { return nil }
        let rows = options.sorted { ($1.share, $0.name) < ($0.share, $1.name) }.map { option in
            BarTable.Row(
                option.name, values: [option.share],
                labels: [NumberText.percent(option.share, 0) + (option.isDistinct ? "" : " – no more than chance")])
        }
        return Page.Section("importance", "Which options matter") {
            BarTable(rows: rows).html
            HTML.note(
                "How much of the differences in accuracy each option explains by itself (ε², the variance between its values, "
                    + "corrected for their number)\(hasRounds ? ", in the first round" : ""). It is true of the ranges that "
                    + "were searched: a wider one matters more. What options do only together is not in it. “No more than "
                    + "chance”: accuracies dealt out at random explain as much in over 5 of 100 cases.")
        }
    }

    private var progress: Page.Section? {
        let first = search.trials.filter { $0.round == 1 }
        var best: Double?
        var points: [LineChart.Point] = []
        for (index, trial) in first.enumerated() {
            if let accuracy = trial.accuracy { best = max(best ?? accuracy, accuracy) }
            if let best { points.append(LineChart.Point(x: Double(index + 1), y: best)) }
        }
        guard points.count > 2 else { return nil }
        return Page.Section("progress", "The best so far") {
            HTML.charts([
                LineChart(
                    title: "Best accuracy", xTitle: "trial", values: .shares,
                    series: [LineChart.Series(name: "best", points: points, colour: 1)],
                    note: hasRounds ? "in the first round" : "after so many trials"
                ).html
            ])
            HTML.note("Where the line is flat for long, more trials of the same space are not worth their time.")
        }
    }

    private var facts: Page.Section {
        var facts = FactList()
        let names = [
            "space": "Space", "search": "Method", "seed": "Seed", "folds": "Folds", "options": "Options of all trials",
        ]
        for key in ["space", "search", "folds", "seed", "options"] {
            let value = search.description.request[key] ?? ""
            facts.add(names[key] ?? key, value.isEmpty ? "–" : value, isCode: key == "space" || key == "options")
        }
        facts.add("SHA-256 of the images' list", search.description.request["images"] ?? "–", isCode: true)
        facts.add("zoo", search.description.zoo)
        return Page.Section("search", "The search") {
            if let best = ranked.first,
                let words = search.command(for: best.setting, epochs: hasRounds ? best.epochs : nil)
            {
                HTML("h3") { "The best again" }
                HTML.code(words.map { ShellText.quoted($0) }.joined(separator: " "))
            }
            if let command = search.description.command {
                HTML("h3") { "The search" }
                HTML.code((["zoo"] + command.dropFirst()).map { ShellText.quoted($0) }.joined(separator: " "))
            }
            facts.html
        }
    }
}
