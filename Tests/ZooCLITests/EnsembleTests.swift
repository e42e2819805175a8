import Foundation
import SystemPackage
import TestSupport
import Testing

/// What `zoo ensemble --json` prints.
struct EnsembleAnswer: Decodable {
    struct Judged: Decodable {
        struct Member: Decodable {
            let name: String
            let weight, accuracy: Double
            let accuracyWithout: Double?
        }
        let members: [Member]
        let disagreement, oracleAccuracy: Double
    }
    let output, method: String
    let networks: Int
    let accuracy, loss, outOfBagAccuracy: Double?
    let outOfFoldAccuracies: [Double]?
    let ensemble: Judged?
}

@Suite("zoo ensemble, as users run it", .slow, .timeLimit(.minutes(5))) struct EnsembleTests {
    struct Evaluated: Decodable {
        let count: Int
        let accuracy, loss: Double
        let ensemble: EnsembleAnswer.Judged?
    }

    static let data = Fixture.file("shapes/data").string

    /// A folder with heads of several seeds on one network.
    private func heads(_ seeds: [Int], options: [String] = []) async throws -> ZooProcess {
        let zoo = try ZooProcess()
        for seed in seeds {
            let made = try await zoo.run(
                [
                    "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "2", "--seed",
                    "\(seed)", "-o", "\(seed).pth", "-q",
                ] + options)
            try #require(made.status == 0, "\(made.errors)")
        }
        return zoo
    }

    private func evaluate(_ zoo: ZooProcess, _ words: String...) async throws -> Evaluated {
        try await zoo.run(["evaluate"] + words + [Self.data, "--json"]).json(Evaluated.self)
    }

    @Test("heads on one network share it in the file, which every command takes") func oneFile() async throws {
        let zoo = try await heads([1, 2, 3])
        let made = try await zoo(
            "ensemble", "average", "1.pth", "2.pth", "3.pth", "--data", Self.data, "--weights", "equal", "-o",
            "all.pth",
            "--json")
        let answer = try made.json(EnsembleAnswer.self)
        #expect(answer.networks == 1 && answer.ensemble?.members.count == 3)
        let sizes = try ["1.pth", "all.pth"].map { name in
            try FileManager.default.attributesOfItem(atPath: zoo.folder.path.appending(name).string)[.size] as? Int ?? 0
        }
        #expect(sizes[1] < sizes[0] * 11 / 10, "the body is stored once")
        let seen = try await evaluate(zoo, "all.pth")
        #expect(seen.accuracy == answer.accuracy && seen.loss == answer.loss)
        #expect(seen.ensemble?.members.map(\.accuracy) == answer.ensemble?.members.map(\.accuracy))
        for (index, member) in try #require(answer.ensemble).members.enumerated() {
            let alone = try await evaluate(zoo, "\(index + 1).pth")
            #expect(abs(alone.accuracy - member.accuracy) < 0.011, "one image at most: kernels differ")
        }
        #expect(try await zoo("inspect", "all.pth").output.contains("members.2.weight"))
        #expect(try await zoo("verify", "all.pth").status == 0)
        #expect(try await zoo("convert", "all.pth", "all.safetensors").status == 0)
        let there = try await evaluate(zoo, "all.safetensors")
        #expect(try await zoo("convert", "all.safetensors", "back.pth").status == 0)
        let back = try await evaluate(zoo, "back.pth")
        #expect(there.accuracy == seen.accuracy && back.accuracy == seen.accuracy && back.loss == seen.loss)
        let star = Fixture.file("shapes/data/val/star/000.png").string
        #expect(try await zoo("predict", "back.pth", star, "--top", "1").output.contains("star"))
        let refused = try await zoo("finetune", Self.data, "--model", "all.pth", "--head-only", "-o", "no.pth")
        #expect(refused.status == 5 && refused.errors.contains("an ensemble of 3 members"), "\(refused.errors)")
    }

    @Test("a network beside a head of another one: both run, and the page says what each is worth") func twoNetworks()
        async throws
    {
        let zoo = try await heads([1])
        let made = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "1", "-o", "whole.pth", "-q")
        #expect(made.status == 0, "\(made.errors)")
        let voted = try await zoo("ensemble", "vote", "1.pth", "whole.pth", "-o", "vote.pth", "--json")
        #expect(try voted.json(EnsembleAnswer.self).networks == 2)
        #expect(try await zoo("evaluate", "vote.pth", Self.data, "--html", "page.html").status == 0)
        let page = try String(contentsOfFile: zoo.folder.path.appending("page.html").string, encoding: .utf8)
        #expect(page.contains("whole.pth") && page.contains("Without it") && page.contains("Kuncheva"))
        let uniform = try await zoo("ensemble", "soup", "1.pth", "whole.pth", "-o", "soup.pth")
        #expect(uniform.status == 0, "\(uniform.errors)")
        #expect(try await evaluate(zoo, "soup.pth").ensemble == nil, "a soup is an ordinary network")
        let greedy = try await zoo(
            "ensemble", "soup", "1.pth", "whole.pth", "--greedy", Self.data, "-o", "greedy.pth", "--json")
        struct Soup: Decodable { let accuracy: Double }
        let accuracy = try greedy.json(Soup.self).accuracy
        #expect(try await evaluate(zoo, "greedy.pth").accuracy == accuracy)
    }

    @Test("a bag is judged by the images that its members did not draw") func bag() async throws {
        let zoo = try ZooProcess()
        for words in [["--head-only", "--epochs", "5"], ["--freeze-until", "layer3", "--epochs", "1"]] {
            let made = try await zoo.run(
                [
                    "ensemble", "bag", Self.data, "--model", "resnet14-shapes", "--members", "3", "-o", "bag.pth",
                    "--json",
                ]
                    + words)
            let answer = try made.json(EnsembleAnswer.self)
            #expect(answer.networks == (words.contains("--head-only") ? 1 : 3))
            let outOfBag = try #require(answer.outOfBagAccuracy)
            #expect(0.5...1 ~= outOfBag)
            #expect(try await evaluate(zoo, "bag.pth").accuracy == answer.accuracy)
        }
    }

    @Test("a stack of two networks that know other classes") func stack() async throws {
        let zoo = try ZooProcess()
        #expect(try await zoo("fetch", "resnet14-shapes").status == 0)
        let made = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "1", "-o", "whole.pth", "-q")
        #expect(made.status == 0, "\(made.errors)")
        let stacked = try await zoo(
            "ensemble", "stack", "resnet14-shapes", "whole.pth", "--data", Self.data, "--folds", "3", "-o", "stack.pth",
            "--json")
        let answer = try stacked.json(EnsembleAnswer.self)
        #expect(answer.outOfFoldAccuracies?.count == 2 && answer.networks == 2)
        let accuracy = try #require(answer.accuracy)
        #expect(accuracy > 0.8)
        #expect(try await evaluate(zoo, "stack.pth").accuracy == accuracy)
        let twins = try await zoo("ensemble", "stack", "whole.pth", "whole.pth", "--data", Self.data)
        #expect(twins.status == 5 && twins.errors.contains("--prefit"))
    }

    @Test("heads beside a network are members, and share it") func codes() async throws {
        let zoo = try await heads([1])
        for (head, options) in [("knn", ["--head-k", "3"]), ("cosine", ["--epochs", "3"])] {
            let words = ["finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--head", head]
            let made = try await zoo.run(words + options + ["-o", "\(head).pth", "-q"])
            try #require(made.status == 0, "\(made.errors)")
        }
        let files = ["1.pth", "knn.pth", "cosine.pth"]
        for words in [["average", "--weights", "equal"], ["vote"], ["stack", "--prefit"]] {
            let made = try await zoo.run(
                ["ensemble", words[0]] + files + words.dropFirst()
                    + ["--data", Self.data, "-o", "all.pth", "--json"])
            let answer = try made.json(EnsembleAnswer.self)
            #expect(answer.networks == 1, "one network runs for all")
            let members = try #require(answer.ensemble).members
            for (file, member) in zip(files, members) {
                #expect(abs(try await evaluate(zoo, file).accuracy - member.accuracy) < 0.011, "\(file)")
            }
            let seen = try await evaluate(zoo, "all.pth")
            #expect(seen.accuracy > 0.7 && (words[0] == "stack" || seen.accuracy == answer.accuracy))
        }
        let soup = try await zoo("ensemble", "soup", "1.pth", "knn.pth")
        #expect(soup.status == 5 && soup.errors.contains("it holds a head 'knn'"), "\(soup.errors)")
        let nested = try await zoo("ensemble", "average", "1.pth", "all.pth")
        #expect(nested.status == 5 && nested.errors.contains("name its members"), "\(nested.errors)")
    }

    @Test("views are averaged") func views() async throws {
        let zoo = try await heads([1])
        let plain = try await evaluate(zoo, "1.pth")
        let views = try await evaluate(zoo, "1.pth", "--tta", "flip,crops")
        #expect(views.count == plain.count && views.loss != plain.loss && views.accuracy > 0.5)
        let typo = try await zoo("evaluate", "1.pth", Self.data, "--tta", "flips")
        #expect(typo.status == 2 && typo.errors.contains("'flips'"))
    }

    @Test("what cannot be put together is refused, with what differs") func refusals() async throws {
        let zoo = try await heads([1])
        let other = try await zoo("ensemble", "average", "1.pth", "resnet14-shapes")
        #expect(other.status == 2 && other.errors.contains("knows besides"), "\(other.errors)")
        #expect(try await zoo("ensemble", "average", "1.pth").status == 2)
        #expect(try await zoo("ensemble", "average", "1.pth", "1.pth", "--weights", "learnt").status == 2)
        #expect(try await zoo("ensemble", "average", "1.pth", "1.pth", "--weights", "1,2,3").status == 2)
        #expect(try await zoo("ensemble", "average", "1.pth", "1.pth", "-o", "no.npz").status == 2)
        #expect(try await zoo("ensemble", "bag", Self.data, "--plan").status == 2)
        #expect(try await zoo("ensemble", "average", "1.pth", "gone.pth").status == 5)
    }
}
