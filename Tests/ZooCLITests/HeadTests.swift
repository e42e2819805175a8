import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("heads, as users choose them", .slow, .timeLimit(.minutes(3))) struct HeadTests {
    static let data = Fixture.file("shapes/data").string
    static let common = ["finetune", data, "--model", "resnet14-shapes", "--head-only", "--json"]

    /// The names of the tensors that a head adds, in a checkpoint of the network or beside it.
    static let names: [(head: String, tensors: [String])] = [
        ("linear", ["linear.weight", "linear.bias"]), ("logistic", ["linear.weight", "linear.bias"]),
        ("svm", ["linear.weight", "linear.bias"]), ("ncm", ["linear.weight", "linear.bias"]),
        ("mlp", ["linear.0.weight", "linear.0.bias", "linear.3.weight", "linear.3.bias"]),
        ("knn", ["head.features", "head.labels"]), ("cosine", ["head.weight"]),
    ]

    @Test(arguments: names.map(\.head)) func aHeadIsTrainedWrittenAndUsed(head: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(Self.common + ["--head", head, "-o", "head.pth"])
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(FinetuneAnswer.self)
        #expect(answer.bestAccuracy >= 0.9)
        let seen = try await zoo("evaluate", "head.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == answer.bestAccuracy)
        let image = Self.data + "/val/star/000.png"
        let found = try await zoo("predict", "head.pth", image)
        #expect(found.output.contains("star"))

        struct Inspected: Decodable {
            struct Tensor: Decodable { let name: String }
            let tensors: [Tensor]
        }
        let tensors = try await zoo("inspect", "head.pth", "--json").json(Inspected.self).tensors.map(\.name)
        let expected = Self.names.first { $0.head == head }?.tensors ?? []
        #expect(
            tensors.filter { $0.contains(".linear.") || $0.contains(".head.") }
                == expected.map { "state_dict.\($0)" })
        _ = try await zoo("convert", "head.pth", "head.safetensors")
        let converted = try await zoo("evaluate", "head.safetensors", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(converted.accuracy == seen.accuracy && converted.loss == seen.loss)
        let page = try String(
            contentsOfFile: zoo.folder.file("head.run").appending("report.html").string, encoding: .utf8)
        #expect(page.contains("--head") && page.contains("With PyTorch"))
    }

    @Test func aRunThatIsFinishedGivesTheSameHeadAgain() async throws {
        let zoo = try ZooProcess()
        let words = Self.common + ["--head", "knn", "--head-k", "3", "-o"]
        #expect(try await zoo.run(words + ["a.pth", "--run", "run"]).status == 0)
        #expect(try await zoo.run(words + ["b.pth", "--run", "run", "--resume"]).status == 0)
        let files = try ["a.pth", "b.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
    }

    @Test(arguments: [
        (["--head", "knn", "--head-c", "1"], "--head-c goes with --head logistic or svm"),
        (["--head", "ncm", "--lr", "1"], "--lr says nothing of --head ncm"),
        (["--head", "svm", "--epochs", "5"], "--epochs says nothing of --head svm"),
        (["--head", "logistic", "--head-c", "0"], "--head-c must be a positive number"),
        (["--head", "mlp", "--head-hidden", "0"], "--head-hidden must be 1 to 65536"),
        (["--head", "cosine", "--optimizer", "lbfgs"], "--optimizer lbfgs is for --head linear"),
        (["--head", "knn", "--reuse-classifier"], "--reuse-classifier begins a linear head"),
        (["--features", "x.safetensors"], "leave out --model"),
    ]) func whatMeansNothingIsRefused(options: [String], complaint: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(Self.common + options)
        #expect(run.status == 2 && run.errors.contains(complaint), "\(run.errors)")
    }

    @Test func headsNeedFeatures() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo("finetune", Self.data, "--model", "resnet14-shapes", "--head", "svm")
        #expect(run.status == 2 && run.errors.contains("it needs --head-only"))
        let several = try await zoo("finetune", Self.data, "--model", "resnet14-shapes,resnet14-shapes")
        #expect(several.status == 2 && several.errors.contains("joined for --head-only alone"))
    }

    @Test func headsAreSearched() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(
            TuneTests.common + ["--search", "grid", "--space", "head=linear,svm,knn head-k=1,5 epochs=5"])
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(TuneTests.Answer.self)
        // The number of neighbours says nothing of the other two.
        #expect(answer.trials.count == 4 && answer.trials.allSatisfy { $0.accuracy != nil })
    }

    @Test func severalNetworksAreJoined() async throws {
        let zoo = try ZooProcess()
        var words = Self.common + ["--head", "logistic", "-o", "joined.pth"]
        words[3] = "resnet14-shapes,\(Fixture.file("shapes/resnet14-shapes.pth"))"
        let run = try await zoo.run(words)
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(FinetuneAnswer.self)
        let seen = try await zoo("evaluate", "joined.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == answer.bestAccuracy && seen.accuracy >= 0.9)
        let one = try await zoo("finetune", Self.data, "--model", "joined.pth", "--head-only")
        #expect(one.status == 5 && one.errors.contains("one network is wanted here"), "\(one.errors)")
    }

    @Test func featuresThatWereComputedElsewhere() async throws {
        let zoo = try ZooProcess()
        let weights = Fixture.file("shapes/resnet14-shapes.pth").string
        #expect(try await zoo("features", weights, Self.data, "-o", "one.safetensors").status == 0)
        #expect(try await zoo("features", "\(weights),resnet14-shapes", Self.data, "-o", "two.safetensors").status == 0)
        let here = try await zoo.run(Self.common + ["--head", "logistic"]).json(FinetuneAnswer.self)
        let words = ["finetune", Self.data, "--head-only", "--head", "logistic", "--json"]
        let there = try await zoo.run(words + ["--features", "one.safetensors", "-o", "codes.pth"])
        #expect(try there.json(FinetuneAnswer.self).bestAccuracy == here.bestAccuracy, "\(there.errors)")
        let seen = try await zoo("evaluate", "codes.pth", Self.data, "--features", "one.safetensors", "--json")
        #expect(try seen.json(EvaluateAnswer.self).accuracy == here.bestAccuracy, "\(seen.errors)")

        let without = try await zoo("evaluate", "codes.pth", Self.data)
        #expect(without.status == 5 && without.errors.contains("give them with --features"), "\(without.errors)")
        let others = try await zoo("evaluate", "codes.pth", Self.data, "--features", "two.safetensors")
        #expect(others.status == 2 && others.errors.contains("the head wants 64 numbers"), "\(others.errors)")
        let both = try await zoo.run(
            words + ["--features", "one.safetensors", "--features", "two.safetensors", "-o", "three.safetensors"])
        #expect(both.status == 0 && both.errors.contains("report"), "\(both.errors)")
    }

    @Test func featuresOfOtherImagesAreRefused() async throws {
        let zoo = try ZooProcess()
        try FileManager.default.copyItem(atPath: Self.data, toPath: zoo.folder.file("data").string)
        #expect(try await zoo("features", "resnet14-shapes", "data", "-o", "codes.safetensors").status == 0)
        let words = ["finetune", "data", "--head-only", "--features", "codes.safetensors"]
        let stars = zoo.folder.file("data").appending("train").appending("star")
        try FileManager.default.copyItem(
            atPath: stars.appending("000.png").string, toPath: stars.appending("new.png").string)
        let missing = try await zoo.run(words)
        #expect(missing.status == 2 && missing.errors.contains("it has no features of data/train/star/new.png"))
        try FileManager.default.removeItem(atPath: stars.appending("new.png").string)
        // The same path, now of another class, in a list.
        let list = zoo.folder.file("list.csv").string
        let rows = [("star", "heart"), ("heart", "heart"), ("spiral", "spiral")].flatMap { folder, label in
            (0..<4).map { "data/train/\(folder)/00\($0).png,\(label)" }
        }
        try ("path,label\n" + rows.joined(separator: "\n") + "\n").write(
            toFile: list, atomically: true, encoding: .utf8)
        let other = try await zoo.run(["finetune", "list.csv"] + words.dropFirst(2))
        #expect(
            other.status == 2 && other.errors.contains("is of the class 'star' there and 'heart' here"),
            "\(other.errors)")
        try Data("no features".utf8).write(to: URL(fileURLWithPath: zoo.folder.file("codes.safetensors").string))
        #expect(try await zoo.run(words).status == 5)
    }
}
