import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("pages, as users make them", .timeLimit(.minutes(5))) struct ReportTests {
    static let data = Fixture.file("shapes/data").string

    private func bytes(_ zoo: ZooProcess, _ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file(name).string))
    }

    private func page(_ zoo: ZooProcess, _ name: String) throws -> Markup {
        try Markup(String(decoding: bytes(zoo, name), as: UTF8.self))
    }

    private func exists(_ zoo: ZooProcess, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: zoo.folder.file(name).string)
    }

    private func train(_ zoo: ZooProcess, _ options: String...) async throws -> ZooProcess.Outcome {
        try await zoo.run(["finetune", Self.data, "--model", "resnet14-shapes"] + options)
    }

    @Test(
        "a training leaves a report, and zoo report makes the same again",
        arguments: [["--head-only"], ["--epochs", "2"]].thinned(to: 1))
    func everyRunHasAReport(options: [String]) async throws {
        struct Answer: Decodable {
            let report: String
            let bestAccuracy: Double
        }
        let zoo = try ZooProcess()
        let run = try await zoo.run(
            ["finetune", Self.data, "--model", "resnet14-shapes", "-o", "a.pth", "--json"] + options)
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.report == "a.run/report.html")
        let page = try page(zoo, answer.report)
        #expect(
            page.sections == [
                "curves", "confusion", "classes", "images", "calibration", "balance", "layers", "use", "run",
            ])
        #expect(page.requests == [])
        #expect(page.elements.contains { $0.attributes["src"]?.hasPrefix("data:image/png;base64,") ?? false })
        let tenths = Int((answer.bestAccuracy * 1000).rounded())
        #expect(page.text.contains("\(tenths / 10).\(tenths % 10)\u{a0}%"))
        #expect(page.text.contains("zoo predict \(zoo.folder.file("a.pth")) photo.jpg"))

        let again = try await zoo("report", "a.run", "-o", "again.html")
        #expect(again.status == 0 && again.output == "again.html\n")
        #expect(try bytes(zoo, "again.html") == bytes(zoo, "a.run/report.html"))
        #expect(try await zoo("report", "a.pth", "--json").status == 0, "the checkpoint stands for its run")
        #expect(try bytes(zoo, "again.html") == bytes(zoo, "a.run/report.html"))
    }

    @Test(.slow) func predictionsAreThoseOfTheCheckpoint() async throws {
        struct Line: Decodable {
            let path: String
            let label, epoch: Int
            let order: [Int]
            let probabilities: [Double]
        }
        let zoo = try ZooProcess()
        let run = try await train(zoo, "--epochs", "3", "--lr", "0.01", "-o", "a.pth", "--json")
        let best = try run.json(FinetuneAnswer.self)
        let lines = try String(decoding: bytes(zoo, "a.run/predictions.jsonl"), as: UTF8.self).split(separator: "\n")
            .map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
        #expect(lines.count == 100 && lines.allSatisfy { $0.epoch == best.bestEpoch })
        let share = Double(lines.count { $0.order[0] == $0.label }) / 100
        #expect(abs(share - best.bestAccuracy) < 1e-9)
        let chosen = [0, 37, 99].map { lines[$0] }
        let seen = try await zoo.run(["predict", "a.pth", "--json"] + chosen.map(\.path)).json([PredictAnswer].self)
        for (line, answer) in zip(chosen, seen) {
            let top = try #require(answer.top.first)
            #expect(top.index == line.order[0] && abs(top.probability - line.probabilities[0]) < 1e-3, "\(line.path)")
        }
    }

    @Test(.slow) func aReportThatCannotBeWrittenCostsNothingElse() async throws {
        let zoo = try ZooProcess()
        try FileManager.default.createDirectory(
            atPath: zoo.folder.file("a.run/report.html/in-the-way").string, withIntermediateDirectories: true)
        let blocked = try await train(
            zoo, "--head-only", "--epochs", "1", "-o", "a.pth", "--run", "a.run", "--overwrite")
        // A folder without run.json is refused before anything is trained; one with it is not.
        #expect(blocked.status == 2)
        #expect(try await train(zoo, "--head-only", "--epochs", "1", "-o", "b.pth", "--no-report").status == 0)
        #expect(exists(zoo, "b.pth") && !exists(zoo, "b.run/report.html"))
        try FileManager.default.removeItem(atPath: zoo.folder.file("a.run").string)
        try FileManager.default.moveItem(
            atPath: zoo.folder.file("b.run").string, toPath: zoo.folder.file("c.run").string)
        try FileManager.default.createDirectory(
            atPath: zoo.folder.file("c.run/report.html").string, withIntermediateDirectories: true)
        let late = try await train(
            zoo, "--head-only", "--epochs", "1", "-o", "c.pth", "--resume", "--json")
        #expect(late.status == 0, "\(late.errors)")
        #expect(late.errors.contains("warning:") && late.errors.contains("zoo report c.run"), "\(late.errors)")
        #expect(exists(zoo, "c.pth"))
        #expect(try await zoo("evaluate", "c.pth", Self.data).status == 0)
    }

    @Test(.slow) func anInterruptedRunHasAReportOfHowFarItCame() async throws {
        let zoo = try ZooProcess()
        let metrics = zoo.folder.file("a.run").appending("metrics.jsonl").string
        let run = try await zoo.run(
            ["finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "1000000", "-o", "a.pth"],
            stoppedBy: .interrupt
        ) { (try? Data(contentsOf: URL(fileURLWithPath: metrics)))?.contains(0x0a) ?? false }
        #expect(run.status == 130, "\(run.errors)")
        #expect(run.errors.contains("a.run/report.html") && !exists(zoo, "a.pth"))
        let page = try page(zoo, "a.run/report.html")
        #expect(page.text.contains("The run was not finished") && page.text.contains("not written yet"))
        #expect(page.sections.contains("images"), "the images of the best epoch are there")
    }

    @Test(.slow) func anEarlyEndingAndADivergenceAreSaid() async throws {
        let zoo = try ZooProcess()
        let patient = try await train(zoo, "--head-only", "--epochs", "200", "--patience", "3", "-o", "a.pth")
        #expect(patient.status == 0)
        #expect(try page(zoo, "a.run/report.html").text.contains("ended early: no better epoch for 3 epochs"))
        let diverged = try await train(zoo, "--schedule", "multistep=1/1e30", "--epochs", "3", "-o", "b.pth")
        #expect(diverged.status == 2 && exists(zoo, "b.pth"))
        #expect(try page(zoo, "b.run/report.html").text.contains("not a finite number in epoch 2"))
    }

    @Test(.slow) func imagesThatCannotBeReadAreNamed() async throws {
        let zoo = try ZooProcess()
        let copy = zoo.folder.file("data")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        try Data("no image".utf8).write(to: URL(fileURLWithPath: copy.appending("val/heart/000.png").string))
        for (name, method) in [("head", ["--head-only"]), ("layers", ["--epochs", "1"])] {
            let run = try await zoo.run(
                ["finetune", copy.string, "--model", "resnet14-shapes", "-o", "\(name).pth"] + method)
            #expect(run.status == 0, "\(run.errors)")
            let page = try page(zoo, "\(name).run/report.html")
            #expect(page.text.contains("could not be read and was left out") && page.text.contains("heart/000.png"))
            #expect(page.text.contains("of 99\u{a0}images"))
        }
    }

    @Test(.slow) func aComparisonIsInTheReportAndStaysThere() async throws {
        let zoo = try ZooProcess()
        let run = try await train(zoo, "--epochs", "2", "--lr", "0.01", "--compare-scratch", "-o", "a.pth")
        #expect(run.status == 0, "\(run.errors)")
        let first = try bytes(zoo, "a.run/report.html")
        #expect(try page(zoo, "a.run/report.html").text.contains("from random weights"))
        #expect(try await zoo("report", "a.run").status == 0)
        #expect(try bytes(zoo, "a.run/report.html") == first)
        // Another run in the same folder is another run.
        #expect(try await train(zoo, "--head-only", "--epochs", "1", "-o", "a.pth").status == 0)
        #expect(try !page(zoo, "a.run/report.html").text.contains("from random weights"))
    }

    @Test(.slow) func foldsThatAreWrittenDownHaveAReport() async throws {
        let zoo = try ZooProcess()
        let run = try await train(zoo, "--head-only", "--epochs", "3", "--folds", "3", "--run", "folds")
        #expect(run.status == 0, "\(run.errors)")
        let page = try page(zoo, "folds/report.html")
        #expect(page.sections.starts(with: ["folds", "curves", "confusion"]))
        let links = page.elements.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("fold-") }
        #expect(links == (1...3).map { "fold-\($0)/report.html" })
        for link in links { #expect(exists(zoo, "folds/\(link)")) }
        let first = try bytes(zoo, "folds/report.html")
        #expect(try await zoo("report", "folds").status == 0)
        #expect(try bytes(zoo, "folds/report.html") == first)
        let refused = try await train(zoo, "--head-only", "--folds", "2", "--run", "folds")
        #expect(refused.status == 2 && refused.errors.contains("--overwrite"))
        #expect(try await train(zoo, "--head-only", "--folds", "2", "--run", "folds", "--overwrite").status == 0)
        #expect(!exists(zoo, "folds/fold-3"), "what an earlier cross-validation had more of is gone")
    }

    @Test(.slow) func slicesAreThoseOfAnEvaluation() async throws {
        struct Answer: Decodable {
            struct Slice: Decodable {
                let name: String
                let count: Int
                let accuracy: Double
            }
            let slices: [Slice]
        }
        let zoo = try ZooProcess()
        #expect(try await train(zoo, "--head-only", "--epochs", "2", "-o", "a.pth").status == 0)
        #expect(try await zoo("report", "a.run", "--slices", "-o", "page.html").status == 0)
        let page = try page(zoo, "page.html")
        #expect(page.sections.starts(with: ["curves", "confusion", "classes", "slices", "images"]))
        let slices = try await zoo("evaluate", "a.pth", Self.data, "--slices", "--json").json(Answer.self).slices
        #expect(slices.count > 4)
        for slice in slices {
            let tenths = Int((slice.accuracy * 1000).rounded())
            #expect(page.text.contains(slice.name) && page.text.contains("\(tenths / 10).\(tenths % 10)\u{a0}%"))
        }
        // The images may have gone since.
        let run = zoo.folder.file("a.run/predictions.jsonl").string
        try String(contentsOfFile: run, encoding: .utf8).replacing("/val/", with: "/gone/")
            .write(toFile: run, atomically: true, encoding: .utf8)
        let without = try await zoo("report", "a.run", "--slices")
        #expect(without.status == 0 && without.errors.contains("there are no slices"), "\(without.errors)")
        #expect(try await train(zoo, "--head-only", "--folds", "2", "--run", "folds").status == 0)
        let refused = try await zoo("report", "folds", "--slices")
        #expect(refused.status == 2 && refused.errors.contains("a cross-validation"), "\(refused.errors)")
    }

    @Test(
        "what is no run",
        arguments: [("missing.run", "no such folder"), (".", "run.json is missing"), ("note.txt", "no such folder")])
    func strangeFolders(place: String, complaint: String) async throws {
        let zoo = try ZooProcess()
        _ = try zoo.folder.write(Array("x".utf8), to: "note.txt")
        let run = try await zoo("report", place)
        #expect(run.status == 5 && run.output.isEmpty)
        #expect(run.errors.contains(complaint) && run.errors.contains("zoo finetune"), "\(run.errors)")
        #expect(try zoo.folder.contents() == ["note.txt"], "nothing is written")
    }

    @Test func anEvaluationHasAPage() async throws {
        let zoo = try ZooProcess()
        #expect(try await train(zoo, "--head-only", "-o", "a.pth").status == 0)
        // Fewer classes than the network knows, and one image that is another's.
        let copy = zoo.folder.file("some & \"more\"")
        for name in ["star", "heart"] {
            try FileManager.default.createDirectory(atPath: copy.string, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(Self.data)/val/\(name)", toPath: copy.appending(name).string)
        }
        for number in 0..<5 {
            try FileManager.default.copyItem(
                atPath: "\(Self.data)/val/spiral/00\(number).png",
                toPath: copy.appending("star/spiral\(number).png").string)
        }
        let run = try await zoo("evaluate", "a.pth", copy.string, "--html", "page.html", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(EvaluateAnswer.self)
        let page = try page(zoo, "page.html")
        #expect(page.sections == ["confusion", "classes", "slices", "images", "calibration", "balance", "evaluation"])
        #expect(page.requests == [] && page.text.contains("other classes") && page.text.contains("spiral"))
        #expect(page.text.contains("some & \"more\""))
        let tenths = Int((answer.accuracy * 1000).rounded())
        #expect(page.text.contains("\(tenths / 10).\(tenths % 10)\u{a0}%"))
        let refused = try await zoo("evaluate", "a.pth", copy.string, "--html", "missing/page.html")
        #expect(refused.status == 5 && refused.output.isEmpty && refused.errors.contains("missing/page.html"))
    }

    @Test(
        "a checkpoint of any kind has a page",
        arguments: [
            "dtypes.pth", "pairs.safetensors", "array.npy", "arrays.npz", "nested.pth", "meta.pth", "quantised.pth",
            "numbered.tar", "program.pt", "module.pth", "dtypes-legacy.pth", "bits.pth",
        ])
    func checkpoints(name: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo("inspect", Fixture.file("checkpoints/\(name)").string, "--html", "page.html")
        #expect(run.status == 0 && !run.output.isEmpty, "\(run.errors)")
        let page = try page(zoo, "page.html")
        #expect(page.requests == [] && page.text.contains(name))
        let listed = try await zoo("inspect", Fixture.file("checkpoints/\(name)").string, "--json").json(Inspected.self)
        for tensor in listed.tensors {
            #expect(page.text.contains(tensor.name.isEmpty ? "(the file itself)" : tensor.name))
        }
        #expect(page.sections.contains("tensors") == !listed.tensors.isEmpty)
    }

    private struct Inspected: Decodable {
        struct Tensor: Decodable {
            let name: String
        }
        let tensors: [Tensor]
    }

    @Test func aDangerousPickleIsShownAndNotRun() async throws {
        let zoo = try ZooProcess()
        // os.system('touch ran') as Python's pickle writes it, beside nothing else.
        let pickle = Array("cposix\nsystem\n(S'touch ran'\ntR.".utf8)
        _ = try zoo.folder.write(pickle, to: "evil.pkl")
        let run = try await zoo("inspect", "evil.pkl", "--html", "page.html")
        #expect(run.status == 0, "\(run.errors)")
        let page = try page(zoo, "page.html")
        #expect(page.text.contains("posix.system") && page.text.contains("dangerous"))
        #expect(!exists(zoo, "ran"))
    }

    @Test(.slow) func nothingHalfDoneIsVisible() async throws {
        let zoo = try ZooProcess()
        #expect(try await train(zoo, "--head-only", "--epochs", "1", "-o", "a.pth").status == 0)
        let limited = try await zoo.run(["report", "a.run", "-o", "page.html"], fileLimit: 8)
        #expect(limited.status == 6 && !exists(zoo, "page.html"), "\(limited.errors)")
        #expect(try zoo.folder.contents().allSatisfy { !$0.hasSuffix(".tmp") })
    }
}
