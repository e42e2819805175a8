import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooTraining

@Suite("the report of a search") struct SearchReportTests {
    /// A search whose accuracies follow from the rate, written down as zoo tune does.
    private func search(
        _ count: Int, space text: String = "lr=log(1e-4,1) augment=none,light nesterov=yes,no", failing: Int = 0
    ) throws -> (ScratchFolder, FilePath) {
        let scratch = try ScratchFolder()
        let path = scratch.file("my <photos>.tune")
        let folder = try SearchFolder(
            path,
            SearchFolder.Description(
                request: [
                    "space": text, "search": "random(trials: \(count))", "seed": "0", "folds": "none",
                    "options": "--head-only", "images": "00ff",
                ], command: ["/usr/bin/zoo", "tune", "my photos"],
                base: ["zoo", "finetune", "my photos", "--head-only"],
                flags: ["nesterov"]), existing: .refuse)
        let space = try SearchSpace(recorded: text)
        let plan = try SearchPlan(space, method: .random(trials: count), epochs: 3, seed: 1)
        for trial in plan.firstRound {
            let isFailed = trial.number <= failing
            let rate = trial.setting["lr"].flatMap(Double.init) ?? 0.5
            try folder.append(
                TrialResult(
                    trial, accuracy: isFailed ? nil : 0.5 + 0.4 * rate, loss: isFailed ? nil : 1 - rate,
                    bestEpochs: [1],
                    seconds: 0.5, failure: isFailed ? "it <failed>" : nil))
        }
        return (scratch, path)
    }

    private func page(_ path: FilePath) throws -> Markup {
        try Markup(SearchReport(try #require(try RecordedSearch(path))).markup)
    }

    @Test func aReportHasEverythingThatTheSearchHas() throws {
        let (scratch, path) = try search(40, failing: 3)
        _ = scratch
        let recorded = try #require(try RecordedSearch(path))
        let page = try page(path)
        #expect(page.sections == ["settings", "importance", "progress", "trials", "search"])
        #expect(page.requests == [])
        let best = try #require(recorded.ranked.first)
        #expect(best.accuracy == recorded.trials.compactMap(\.accuracy).max())
        let threads = page.elements.filter { $0.attributes["class"]?.hasPrefix("thread") ?? false }
        #expect(threads.count == 37, "a line for each setting with an accuracy")
        #expect(threads.count { $0.attributes["class"] == "thread best" } == 1)
        let flag = best.setting["nesterov"] == "yes" ? " --nesterov" : ""
        let command =
            "zoo finetune 'my photos' --head-only --lr=\(best.setting["lr"] ?? "") "
            + "--augment=\(best.setting["augment"] ?? "")\(flag)"
        for expected in [
            "my <photos>.tune", "it <failed>", command, "zoo tune 'my photos'", "trial \(best.number)",
            "no more than chance", NumberSearch.percent(best.accuracy ?? 0),
        ] {
            #expect(page.text.contains(expected), "\(expected)")
        }
    }

    @Test(
        "any number of trials and options",
        arguments: [(0, "lr=1"), (1, "lr=log(1e-4,1)"), (2, "lr=1,2"), (600, "lr=log(1e-4,1)")])
    func sizes(count: Int, space: String) throws {
        let (scratch, path) = try search(count, space: space)
        _ = scratch
        let page = try page(path)
        #expect(page.text.contains(count == 0 ? "No trial has ended" : "Best accuracy"))
        let markup = SearchReport(try #require(try RecordedSearch(path))).markup
        #expect(!markup.contains("nan") && markup.utf8.count < 600_000)
    }

    /// It was the larger one of two.
    @Test func theMedianOfTwoIsTheirMean() throws {
        let (scratch, path) = try search(2, space: "lr=0.1,0.5")
        _ = scratch
        #expect(try page(path).text.contains(NumberSearch.percent(0.62)), "of 54 % and 70 %")
    }

    @Test func ofASettingThatWentThroughRoundsTheLastCounts() throws {
        let (scratch, path) = try search(4)
        _ = scratch
        let recorded = try #require(try RecordedSearch(path))
        let folder = try SearchFolder(path, recorded.description, existing: .resume)
        let first = recorded.trials[1]
        let again = PlannedTrial(number: first.number, setting: first.setting, round: 2, epochs: 9)
        try folder.append(TrialResult(again, accuracy: 0.1, loss: 9, bestEpochs: [9], seconds: 1))
        let ranked = try #require(try RecordedSearch(path)).ranked
        #expect(ranked.count == 4 && ranked[0].accuracy == 0.1 && ranked[0].round == 2)
    }

    @Test func whatMeansNothingBesideAnotherOptionIsLeftOutOfTheCommand() throws {
        let (scratch, path) = try search(3, space: "head=knn lr=0.1 nesterov=yes")
        _ = scratch
        let recorded = try #require(try RecordedSearch(path))
        let setting = recorded.trials[0].setting
        #expect(
            recorded.command(for: setting, epochs: 5)?.suffix(4) == [
                "--head=knn", "--lr=0.1", "--nesterov", "--epochs=5",
            ])
        let other = scratch.file("b.tune")
        var description = recorded.description
        description.meaningless = ["head=knn": ["epochs", "lr", "nesterov"], "head=mlp": ["head"]]
        _ = try SearchFolder(other, description, existing: .refuse)
        let again = try #require(try RecordedSearch(other))
        #expect(again.command(for: setting, epochs: 5)?.last == "--head=knn")
    }

    @Test func aFolderOfSomethingElseIsNoSearchAndDamageIsNamed() throws {
        let (scratch, path) = try search(2)
        #expect(try RecordedSearch(scratch.path) == nil)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path.appending("search.json").string))
        let error = #expect(throws: TrainingError.self) { try RecordedSearch(path) }
        #expect(error?.code == .unreadableRun && error?.message.contains("search.json describes no search") == true)
    }

    @Test func aLineThatBreaksOffDoesNotCount() throws {
        let (scratch, path) = try search(5)
        _ = scratch
        let place = URL(fileURLWithPath: path.appending("trials.jsonl").string)
        try Data(try Data(contentsOf: place).dropLast(7)).write(to: place)
        #expect(try RecordedSearch(path)?.trials.count == 4)
    }
}
