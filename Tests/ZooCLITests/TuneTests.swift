import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("zoo tune, as users run it", .slow, .timeLimit(.minutes(3))) struct TuneTests {
    struct Answer: Decodable {
        struct Trial: Decodable {
            let number, round, epochs: Int
            let setting: [String: String]
            let accuracy: Double?
            let failure: String?
        }
        let trials: [Trial]
        let plannedCount: Int
        let folder: String
        let command: [String]
        let report: String?
    }

    static let data = Fixture.file("shapes/data").string
    static let common = ["tune", data, "--model", "resnet14-shapes", "--head-only", "--json"]

    @Test func theBestSettingIsFoundAndCanBeTrainedAgain() async throws {
        let zoo = try ZooProcess()
        let search = try await zoo.run(
            Self.common + [
                "--trials", "8", "--space", "lr=log(1e-5,1) weight-decay=0,0.001", "--epochs", "5", "-o", "best.pth",
            ])
        #expect(search.status == 0, "\(search.errors)")
        let answer = try search.json(Answer.self)
        let accuracies = try answer.trials.map { try #require($0.accuracy) }
        #expect(accuracies.count == 8 && accuracies == accuracies.sorted(by: >))
        #expect(accuracies[0] > 0.9 && accuracies[7] < accuracies[0], "settings matter")
        let again = try await zoo.run(Array(answer.command.dropFirst()) + ["--json", "-o", "again.pth"])
        #expect(try again.json(FinetuneAnswer.self).bestAccuracy == accuracies[0])
        let seen = try await zoo("evaluate", "best.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == accuracies[0])
    }

    @Test func aSearchLeavesAReportAndZooReportMakesTheSameAgain() async throws {
        let zoo = try ZooProcess()
        let words =
            Self.common + [
                "--search", "grid", "--space", "lr=log(1e-3,1) nesterov=yes,no", "--points", "7", "--epochs", "2",
            ]
        let answer = try await zoo.run(words + ["--run", "s"]).json(Answer.self)
        #expect(answer.report == "s/report.html")
        let made = try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file("s/report.html").string))
        let page = try Markup(String(decoding: made, as: UTF8.self))
        #expect(page.sections == ["settings", "importance", "progress", "trials", "search"] && page.requests == [])
        let command = answer.command.joined(separator: " ")
        #expect(page.text.contains(command), "\(command)")
        let again = try await zoo("report", "s", "-o", "again.html", "--json")
        #expect(again.status == 0 && again.output.contains("\"trials\" : 14"), "\(again.output)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file("again.html").string)) == made)
        let none = try await zoo.run(words + ["--run", "n", "--no-report"])
        #expect(try none.json(Answer.self).report == nil)
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("n/report.html").string))
    }

    @Test func anInterruptedSearchGoesOnToTheSameTrials() async throws {
        let zoo = try ZooProcess()
        let words = Self.common + ["--trials", "40", "--space", "lr=log(1e-4,1)", "--epochs", "60"]
        let folder = zoo.folder.path
        let trials: @Sendable (String) throws -> [String] = { run in
            let text = try String(
                contentsOfFile: folder.appending(run).appending("trials.jsonl").string, encoding: .utf8)
            // Times differ.
            return text.split(separator: "\n").map { String($0.replacing(/"seconds":[0-9.e-]+/, with: "")) }
        }
        #expect(try await zoo.run(words + ["--run", "whole"]).status == 0)
        let stopped = try await zoo.run(words + ["--run", "cut"], stoppedBy: .kill) {
            (try? trials("cut").count) ?? 0 >= 5
        }
        #expect(stopped.status != 0)
        // A line that the end has cut off.
        let place = zoo.folder.file("cut").appending("trials.jsonl").string
        let cut = try Data(contentsOf: URL(fileURLWithPath: place)).dropLast(9)
        try Data(cut).write(to: URL(fileURLWithPath: place))
        #expect(try await zoo.run(words + ["--run", "cut"]).status == 2, "a search that is there is not replaced")
        let resumed = try await zoo.run(words + ["--run", "cut", "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try trials("cut") == trials("whole"))
        let other = try await zoo.run(words + ["--run", "cut", "--resume", "--seed", "9"])
        #expect(other.status == 2 && other.errors.contains("another one: "), "\(other.errors)")
    }

    @Test func halvingKeepsTheBestAndGivesThemMoreEpochs() async throws {
        let zoo = try ZooProcess()
        let search = try await zoo.run(
            Self.common + ["--search", "halving", "--trials", "9", "--epochs", "9", "--space", "lr=log(1e-5,1)"])
        let answer = try search.json(Answer.self)
        #expect(answer.trials.map(\.epochs).sorted() == Array(repeating: 3, count: 9) + [9, 9, 9])
        #expect(answer.trials[0].round == 2 && answer.command.contains("--epochs=9"))
    }

    @Test func aTestPartIsNotLookedAt() async throws {
        let zoo = try ZooProcess()
        let copy = zoo.folder.file("data")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        let test = copy.appending("test").appending("star")
        try FileManager.default.createDirectory(atPath: test.string, withIntermediateDirectories: true)
        try Data("no image".utf8).write(to: URL(fileURLWithPath: test.appending("a.png").string))
        let search = try await zoo(
            "tune", copy.string, "--model", "resnet14-shapes", "--head-only", "--space", "lr=0.01,0.1", "--search",
            "grid")
        #expect(search.status == 0)
        #expect(search.errors.contains("test was not looked at"))
        #expect(!search.errors.contains("a.png"))
    }

    @Test func foldsAndRefitUseEveryImage() async throws {
        let zoo = try ZooProcess()
        let search = try await zoo.run(
            Self.common + [
                "--folds", "3", "--space", "lr=0.0001,0.03", "--search", "grid", "--epochs", "5", "--refit", "-o",
                "all.pth",
            ])
        #expect(search.status == 0, "\(search.errors)")
        #expect(try search.json(Answer.self).trials[0].setting == ["lr": "0.03"])
        let seen = try await zoo("evaluate", "all.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy > 0.95)
    }

    @Test(
        "what makes no sense is refused before anything is trained",
        arguments: [
            (["--space", "learning-rate=1,2"], "no option '--learning-rate'"), ([], "--space says what is searched"),
            (["--space", "lr=1,2", "--head-onyl"], "Did you mean '--head-only'?"),
            (["--space", "lr=1,2", "--lr", "3"], "--lr is given and searched"),
            (["--space", "lr=0.1,0.2", "--budget", "0.001s"], "the time was over before one trial had ended"),
            (["--space", "lr=0.1,0.2", "--budget", "soon"], "budget"),
            (["--space", "json=yes,no"], "no option '--json'"),
            (["--space", "epochs=1,2", "--search", "halving"], "halving gives trials their epochs"),
            (["--space", "optimizer=sdg,sgg"], "not one of 2 trials could be made"),
            (["--space", "lr=1,2", "--refit"], "-o"),
        ] as [([String], String)])
    func defects(words: [String], complaint: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(Self.common + words)
        #expect(run.status == 2)
        #expect(run.errors.contains(complaint), "\(run.errors)")
    }

    @Test func aSettingThatCannotBeTrainedIsARowAndNoEnd() async throws {
        let zoo = try ZooProcess()
        let search = try await zoo.run(
            Self.common + ["--space", "nesterov=yes,no optimizer=sgd,adam", "--search", "grid", "--epochs", "1"])
        #expect(search.status == 0)
        let failed = try search.json(Answer.self).trials.filter { $0.accuracy == nil }
        #expect(failed.count == 1 && failed[0].failure?.contains("--nesterov needs sgd") == true)
    }
}
