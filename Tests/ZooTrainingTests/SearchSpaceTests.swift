import Testing
import ZooCore

@testable import ZooTraining

@Suite("what a search chooses from") struct SearchSpaceTests {
    static let known: Set = ["lr", "weight-decay", "augment", "batch-size", "momentum", "nesterov"]

    private func space(_ texts: String...) throws -> SearchSpace { try SearchSpace(texts, known: Self.known) }

    @Test(
        "texts",
        arguments: [
            ("lr=log(1e-4,1e-1)", .logarithmic(1e-4, 1e-1)), ("momentum=uniform(0.8,0.99)", .uniform(0.8, 0.99)),
            ("batch-size=int(8,64)", .integer(8, 64)),
            ("augment=none,light,standard", .choices(["none", "light", "standard"])),
            ("augment=hflip,rotate=10|none", .choices(["hflip,rotate=10", "none"])), ("lr=0.1", .choices(["0.1"])),
        ] as [(String, SearchSpace.Values)])
    func texts(text: String, values: SearchSpace.Values) throws {
        #expect(try space(text).dimensions.map(\.values) == [values])
    }

    @Test(
        "texts that make no sense say what is wrong",
        arguments: [
            ("", "nothing to choose from"), ("lr", "has no '='"),
            ("lrr=1,2", "no option '--lrr' to search. Did you mean 'lr'?"),
            ("lr=log(0,1)", "begins above 0"), ("lr=log(1,1)", "the first bound must be the lower one"),
            ("lr=log(1,2,3)", "two numbers"), ("lr=log(a,2)", "two numbers"), ("lr=log(1,inf)", "two numbers"),
            ("lr=lgo(1,2)", "Did you mean 'log'?"), ("batch-size=int(1.5,2)", "whole numbers"),
            ("lr=1,,2", "a value is empty"),
            ("lr=1,1", "there twice"), ("lr=1,2 lr=3,4", "'lr' is there twice"), ("lr=", "a value is empty"),
        ])
    func defects(text: String, complaint: String) {
        let error = #expect(throws: TrainingError.self) { try space(text) }
        #expect(error?.code == .invalidSetting)
        #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
    }

    @Test func drawsStayWithinTheirBoundsAndFollowFromTheSeed() throws {
        let space = try space("lr=log(1e-4,1e-1) momentum=uniform(0.5,0.9)", "batch-size=int(8,11) augment=none,light")
        var (one, two) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
        var sizes = Set<String>()
        var smallRates = 0
        for _ in 0..<400 {
            let setting = space.draw(&one)
            #expect(setting == space.draw(&two))
            let rate = try #require(setting["lr"].flatMap { Double($0) })
            #expect((0.9999e-4...0.10001).contains(rate))
            if rate < 1e-3 { smallRates += 1 }
            let momentum = try #require(setting["momentum"].flatMap { Double($0) })
            #expect((0.4999...0.9001).contains(momentum))
            sizes.insert(try #require(setting["batch-size"]))
            #expect(["none", "light"].contains(setting["augment"]))
        }
        #expect(sizes == ["8", "9", "10", "11"])
        // A third of a logarithmic scale over three powers of ten; 400 draws have a deviation of 9.4.
        #expect((100...167).contains(smallRates))
    }

    @Test func aGridHasEveryCombinationWithTheBounds() throws {
        let grid = try #require(try space("lr=log(0.001,0.1) augment=none,light").grid(points: 3, limit: 100))
        #expect(
            grid.map { "\($0["lr"] ?? "") \($0["augment"] ?? "")" } == [
                "0.001 none", "0.001 light", "0.01 none", "0.01 light", "0.1 none", "0.1 light",
            ])
        #expect(
            try space("batch-size=int(1,3)").grid(points: 9, limit: 100)?.compactMap { $0["batch-size"] } == [
                "1", "2", "3",
            ])
        #expect(try space("lr=log(1,2) momentum=uniform(0,1)").grid(points: 9, limit: 80) == nil)
    }
}

@Suite("the order of a search") struct SearchPlanTests {
    private func plan(_ method: SearchMethod, epochs: Int = 27, seed: UInt64 = 1) throws -> SearchPlan {
        try SearchPlan(
            try SearchSpace(["lr=log(1e-4,1)"], known: ["lr"]), method: method, epochs: epochs, seed: seed)
    }

    private func results(_ round: [PlannedTrial], _ accuracy: (PlannedTrial) -> Double?) -> [TrialResult] {
        round.map { TrialResult($0, accuracy: accuracy($0), loss: 1, bestEpochs: [1], seconds: 0) }
    }

    @Test func randomSearchHasOneRound() throws {
        let plan = try plan(.random(trials: 9))
        #expect(plan.firstRound.map(\.number) == Array(1...9))
        #expect(plan.firstRound.allSatisfy { $0.epochs == 27 && $0.round == 1 })
        #expect(plan.round(after: results(plan.firstRound) { _ in 1 }).isEmpty)
        #expect(try self.plan(.random(trials: 9)).firstRound == plan.firstRound)
        #expect(try self.plan(.random(trials: 9), seed: 2).firstRound != plan.firstRound)
    }

    @Test func halvingGivesTheBestThirdThreeTimesTheEpochs() throws {
        let plan = try plan(.halving(trials: 27))
        #expect(plan.roundCount == 3 && plan.trialCount == 27 + 9 + 3)
        #expect(plan.firstRound.allSatisfy { $0.epochs == 3 })
        // The numbers 1, 4, 7, … are the accurate ones; one of them failed.
        let second = plan.round(
            after: results(plan.firstRound) { $0.number == 4 ? nil : $0.number % 3 == 1 ? 0.9 : 0.5 })
        #expect(second.map(\.number) == [1, 7, 10, 13, 16, 19, 22, 25, 2])
        #expect(second.allSatisfy { $0.epochs == 9 && $0.round == 2 })
        let third = plan.round(after: results(second) { Double($0.number) / 100 })
        #expect(third.map(\.number) == [25, 22, 19] && third.allSatisfy { $0.epochs == 27 })
        #expect(plan.round(after: results(third) { _ in 1 }).isEmpty)
    }

    @Test("rounds end where an epoch cannot be divided", arguments: [(3, 10, [10]), (9, 1, [1]), (81, 4, [1, 2, 4])])
    func rounds(trials: Int, epochs: Int, rounds: [Int]) {
        #expect(SearchPlan.rounds(trials: trials, epochs: epochs) == rounds)
    }

    @Test func fewCombinationsAreTriedOnce() throws {
        let space = try SearchSpace(["lr=0.1,0.2"], known: ["lr"])
        let plan = try SearchPlan(space, method: .random(trials: 50), epochs: 1, seed: 0)
        #expect(plan.trialCount == 2)
    }

    @Test("settings that mean the same are one trial", arguments: [SearchMethod.grid(points: 3), .random(trials: 40)])
    func settingsThatMeanTheSame(method: SearchMethod) throws {
        let space = try SearchSpace(["head=ncm,knn head-k=1,5 lr=0.1,0.2,0.3"], known: ["head", "head-k", "lr"])
        let plan = try SearchPlan(space, method: method, epochs: 1, seed: 0) { setting in
            setting.without(setting["head"] == "ncm" ? ["head-k", "lr"] : ["lr"])
        }
        let neighbours = plan.firstRound.map(\.setting).filter { $0["head"] == "knn" }.compactMap { $0["head-k"] }
        #expect(plan.trialCount == 3, "the class means, and two numbers of neighbours")
        #expect(neighbours.sorted() == ["1", "5"])
        #expect(plan.firstRound.allSatisfy { $0.setting["lr"] != nil }, "and a setting is written down whole")
    }

    @Test func aGridThatIsTooLargeIsRefused() throws {
        let names = (0..<20).map { "d\($0)" }
        let space = try SearchSpace(names.map { "\($0)=uniform(0,1)" }, known: Set(names))
        #expect(throws: TrainingError.self) {
            try SearchPlan(space, method: .grid(points: 1000), epochs: 1, seed: 0)
        }
    }
}
