import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("several tasks, as users run them", .slow, .timeLimit(.minutes(5))) struct MultiTaskTests {
    /// What `zoo finetune --tasks --json` prints.
    struct Training: Decodable {
        struct Task: Decodable {
            let name: String
            let classes: [String]
            let trainCount, valCount: Int
            let bestAccuracy: Double?
        }
        struct Epoch: Decodable {
            struct Task: Decodable {
                let name: String
                let trainLoss, valLoss, valAccuracy: Double
            }
            let trainLoss, valLoss, valAccuracy: Double
            let tasks: [Task]
        }
        let tasks: [Task]
        let classes: [String]
        let bestAccuracy: Double
        let bestEpoch: Int
        let epochs: [Epoch]
    }

    /// What `zoo evaluate --json` prints of a network of several tasks.
    struct Evaluation: Decodable {
        struct Task: Decodable {
            let name: String
            let count: Int
            let accuracy, loss: Double
            let classes: [String]
            let confusion: [[Int]]
        }
        let count: Int
        let accuracy, loss, allRight: Double
        let tasks: [Task]
    }

    /// What `zoo predict --json` prints of one.
    struct Prediction: Decodable {
        struct Task: Decodable {
            let name: String
            let top: [PredictAnswer.Guess]
        }
        let tasks: [Task]
        let top: [PredictAnswer.Guess]?
        let logits: [Double]?
    }

    private static let shapes = Fixture.file("shapes/data").string

    /// Writes `list.csv`: the shape of every image, and of two in three whether it has corners.
    private static func writeList(_ zoo: ZooProcess, heading: String = "path,shape,outline,split,note") throws {
        var lines = [heading]
        for split in ["train", "val"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(shapes)/\(split)").sorted() {
                let folder = "\(shapes)/\(split)/\(name)"
                let outline = ["arrow", "star"].contains(name) ? "pointed" : "round"
                for (number, file) in try FileManager.default.contentsOfDirectory(atPath: folder).sorted().enumerated()
                {
                    lines.append("\(folder)/\(file),\(name),\(number % 3 == 0 ? "" : outline),\(split),x")
                }
            }
        }
        try zoo.folder.write(Array(lines.joined(separator: "\n").utf8), to: "list.csv")
    }

    private static let common = [
        "finetune", "list.csv", "--tasks", "shape,outline", "--task-weights", "outline=0.5", "--model",
        "resnet14-shapes",
    ]

    @Test(
        "one network learns both, and every command knows",
        arguments: [
            ["--head-only"], ["--head-only", "--optimizer", "lbfgs"], ["--head-only", "--head", "mlp"],
            ["--lr", "0.01"],
        ],
        ["pth", "safetensors"])
    func endToEnd(method: [String], format: String) async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        let file = "both.\(format)"
        let trained = try await zoo.run(Self.common + method + ["--epochs", "4", "-o", file, "--json"])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("list.csv: not read: note"))
        let training = try trained.json(Training.self)
        #expect(training.tasks.map(\.name) == ["shape", "outline"])
        #expect(training.classes.count == 7 && training.classes[0] == "shape: arrow")
        #expect(training.tasks.map(\.trainCount) == [200, 130] && training.tasks.map(\.valCount) == [100, 65])
        let best = try #require(training.epochs.first { $0.valAccuracy == training.bestAccuracy })
        #expect(abs(best.valAccuracy - (best.tasks[0].valAccuracy + best.tasks[1].valAccuracy) / 2) < 1e-9)
        #expect(abs(best.valLoss - (best.tasks[0].valLoss + 0.5 * best.tasks[1].valLoss)) < 1e-9)
        #expect(training.tasks.map(\.bestAccuracy) == best.tasks.map(\.valAccuracy))
        #expect(training.tasks.allSatisfy { $0.bestAccuracy ?? 0 > 0.75 }, "\(training.tasks)")

        let judged = try await zoo("evaluate", file, "list.csv", "--html", "page.html", "--json")
        #expect(judged.status == 0, "\(judged.errors)")
        let seen = try judged.json(Evaluation.self)
        #expect(seen.count == 100 && seen.tasks.map(\.count) == [100, 65])
        #expect(seen.tasks.map(\.accuracy) == training.tasks.map(\.bestAccuracy), "the file holds the best epoch")
        #expect(abs(seen.accuracy - training.bestAccuracy) < 1e-9)
        #expect(zip(seen.tasks, best.tasks).allSatisfy { abs($0.loss - $1.valLoss) < 1e-4 })
        #expect(seen.allRight <= seen.tasks[0].accuracy)

        let image = "\(Self.shapes)/val/star/000.png"
        let said = try await zoo("predict", file, image, "--json", "--logits").json([Prediction].self)[0]
        #expect(said.top == nil && said.logits?.count == 7)
        #expect(said.tasks.map { $0.top[0].label } == ["star", "pointed"])
        #expect(said.tasks.allSatisfy { abs($0.top.reduce(0) { $0 + $1.probability } - 1) < 1e-5 }, "a softmax each")
        let text = try await zoo("predict", file, image, "--top", "1").output
        #expect(text.contains("  shape\n") && text.contains("  outline\n") && text.contains("pointed"))

        let other = format == "pth" ? "again.safetensors" : "again.pth"
        #expect(try await zoo("convert", file, other).status == 0)
        let converted = try await zoo("evaluate", other, "list.csv", "--json").json(Evaluation.self)
        #expect(converted.tasks.map(\.accuracy) == seen.tasks.map(\.accuracy))
    }

    @Test func theReportsShowEveryTask() async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        let trained = try await zoo.run(Self.common + ["--head-only", "--epochs", "3", "-o", "both.pth"])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("shape   outline"), "a column for each task:\n\(trained.errors)")
        #expect(trained.errors.contains("(the mean of shape "))
        _ = try await zoo("evaluate", "both.pth", "list.csv", "--html", "page.html", "--slices")
        _ = try await zoo("report", "both.run", "-o", "second.html")
        for name in ["both.run/report.html", "second.html", "page.html"] {
            let page = try String(contentsOfFile: zoo.folder.file(name).string, encoding: .utf8)
            for title in [
                "Confusion matrix: shape", "Confusion matrix: outline", "Images: outline", "Calibration: shape",
            ] {
                #expect(page.contains(title), "\(name): \(title)")
            }
            #expect(
                Set(page.matches(of: /id="[a-z0-9-]+"/).map(\.output)).count
                    == page.matches(of: /id="[a-z0-9-]+"/).count)
        }
        let report = try String(contentsOfFile: zoo.folder.file("both.run/report.html").string, encoding: .utf8)
        #expect(report.contains("for task, own in zip(tasks, logits):"))
        let folder = zoo.folder.file("both.run")
        let metrics = try String(contentsOfFile: folder.appending("metrics.jsonl").string, encoding: .utf8)
        #expect(metrics.split(separator: "\n").allSatisfy { $0.contains(#""tasks":[{"name":"shape""#) })
        let events = try Data(contentsOf: URL(fileURLWithPath: folder.appending("events.out.tfevents.zoo").string))
        #expect(events.range(of: Data("accuracy/val/outline".utf8)) != nil)
    }

    @Test(
        "a killed run goes on to the same bytes", arguments: [["--epochs", "8"], ["--head-only", "--epochs", "1200"]])
    func resume(method: [String]) async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        let common = Self.common + ["--seed", "3", "--optimizer", "adamw", "--ema", "0.9"] + method
        #expect(try await zoo.run(common + ["-o", "whole.pth"]).status == 0)
        let state = zoo.folder.file("killed.run").appending("state.pth").string
        let killed = try await zoo.run(common + ["-o", "killed.pth"], stoppedBy: .kill) {
            FileManager.default.fileExists(atPath: state)
        }
        #expect(killed.status == 128 + 9)
        let other = try await zoo.run(common + ["-o", "killed.pth", "--resume", "--task-weights", "outline=2"])
        #expect(other.status == 2 && other.errors.contains("--task-weights was"), "\(other.errors)")
        let resumed = try await zoo.run(common + ["-o", "killed.pth", "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let files = try ["whole.pth", "killed.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
    }

    @Test func foldsPlansAndRates() async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        let plan = try await zoo.run(Self.common + ["--head-only", "--plan"])
        #expect(plan.errors.contains("with 7 classes of 2 tasks: 455 of"), "\(plan.errors)")
        let rates = try await zoo.run(Self.common + ["--head-only", "--lr-find"])
        #expect(rates.status == 0 && rates.output.contains("suggested: --lr"), "\(rates.errors)")
        let folds = try await zoo.run(Self.common + ["--head-only", "--epochs", "2", "--folds", "3", "--run", "folds"])
        #expect(folds.status == 0, "\(folds.errors)")
        let page = try String(contentsOfFile: zoo.folder.file("folds/report.html").string, encoding: .utf8)
        #expect(page.contains("Confusion matrix: outline"))
    }

    @Test func aListMayLackATaskOfTheNetwork() async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        _ = try await zoo.run(Self.common + ["--head-only", "--epochs", "2", "-o", "both.pth"])
        try Self.writeList(zoo, heading: "path,form,Outline,split,note")
        let partly = try await zoo("evaluate", "both.pth", "list.csv", "--json")
        #expect(partly.status == 0, "\(partly.errors)")
        #expect(partly.errors.contains("there is no column 'shape', so nothing is said of that task"))
        #expect(try partly.json(Evaluation.self).tasks.map(\.name) == ["outline"])
        try Self.writeList(zoo, heading: "path,outline,shape,split,note")
        let swapped = try await zoo("evaluate", "both.pth", "list.csv")
        #expect(swapped.status == 2)
        #expect(
            swapped.errors.contains("task 'shape' does not know the classes 'pointed', 'round'"), "\(swapped.errors)")
    }

    /// A call that is refused, and words of the reason.
    struct Refusal: CustomTestStringConvertible {
        let call: String
        let says: String

        var testDescription: String { call }
    }

    private static let quick = "finetune list.csv --model resnet14-shapes --head-only --epochs 1"

    static let refusals = [
        Refusal(call: "\(quick) --tasks shape", says: "at least two columns"),
        Refusal(call: "\(quick) --tasks shape,,outline", says: "at least two columns"),
        Refusal(call: "\(quick) --tasks shape,outlin", says: "Did you mean 'outline'?"),
        Refusal(call: "\(quick) --tasks shape,note", says: "the task 'note' has only the class 'x'"),
        Refusal(
            call: "\(quick) --tasks shape,outline --task-weights otline=2",
            says: "the tasks are shape, outline. Did you mean 'outline'?"),
        Refusal(call: "\(quick) --tasks shape,outline --task-weights shape=0", says: "no task with a positive number"),
        Refusal(call: "\(quick) --tasks shape,outline --task-weights shape=1,shape=2", says: "has two weights"),
        Refusal(call: "\(quick) --task-weights shape=1", says: "--task-weights goes with --tasks"),
        Refusal(
            call: "finetune list.csv --model resnet14-shapes --head-only --tasks shape,outline --head knn",
            says: "--head knn answers one question"),
        Refusal(call: "\(quick) --tasks shape,outline --reuse-classifier", says: "--reuse-classifier begins a head"),
        Refusal(
            call: "finetune list.csv --model resnet14-shapes --tasks shape,outline --mixup 0.2",
            says: "--mixup and --cutmix mix one label"),
        Refusal(
            call: "finetune SHAPES --model resnet14-shapes --head-only --tasks shape,outline",
            says: "a folder gives each image one label"),
        Refusal(
            call:
                "tune list.csv --model resnet14-shapes --head-only --trials 1 --space lr=0.1 --tasks shape,outline -o t.pth",
            says: "'zoo tune' has no --tasks"),
        Refusal(call: "evaluate both.pth SHAPES", says: "a folder gives each image one label"),
        Refusal(call: "explain both.pth SHAPES/val/star/000.png -o out", says: "it answers 2 questions about an image"),
        Refusal(call: "ensemble average both.pth both.pth -o e.pth", says: "it answers 2 questions about an image"),
        Refusal(call: "ensemble soup both.pth both.pth -o e.pth", says: "it answers 2 questions about an image"),
        Refusal(
            call: "distill both.pth SHAPES --student resnet14-shapes --epochs 1 -o s.pth",
            says: "it answers 2 questions about an image"),
        Refusal(
            call: "prune both.pth SHAPES --macs 0.6 --epochs 1 -o s.pth", says: "it answers 2 questions about an image"),
    ]

    @Test("what makes no sense is refused with the reason") func refusals() async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        _ = try await zoo.run(Self.common + ["--head-only", "--epochs", "1", "-o", "both.pth"])
        for refusal in Self.refusals {
            let words = refusal.call.split(separator: " ").map {
                $0.replacingOccurrences(of: "SHAPES", with: Self.shapes)
            }
            let outcome = try await zoo.run(words)
            #expect(outcome.status == 2, "\(refusal.call): \(outcome.errors)")
            #expect(outcome.errors.contains(refusal.says), "\(refusal.call): \(outcome.errors)")
        }
        #expect(try zoo.folder.contents().filter { $0.hasSuffix(".pth") && !$0.contains("/") } == ["both.pth"])
    }

    @Test func imagesWithoutAnyLabelAreCounted() async throws {
        let zoo = try ZooProcess()
        try Self.writeList(zoo)
        var lines = try String(contentsOfFile: zoo.folder.file("list.csv").string, encoding: .utf8)
            .components(separatedBy: "\n")
        for index in [2, 5] {
            let fields = lines[index].components(separatedBy: ",")
            lines[index] = "\(fields[0]),,,\(fields[3]),x"
        }
        try zoo.folder.write(Array(lines.joined(separator: "\n").utf8), to: "list.csv")
        let trained = try await zoo.run(Self.common + ["--head-only", "--epochs", "1", "-o", "a.pth", "--json"])
        #expect(trained.status == 0)
        #expect(trained.errors.contains("2 images without any label left out: line 3 and 1 other"), "\(trained.errors)")
        #expect(try trained.json(Training.self).tasks[0].trainCount == 198)
    }
}
