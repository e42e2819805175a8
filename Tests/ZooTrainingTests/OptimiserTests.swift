import TestSupport
import Testing
import ZooTraining

/// The steps that `fixtures/generators/training.py` let PyTorch's optimisers take.
struct OptimiserFixture: Decodable {
    struct Case: Decodable {
        let name, kind: String
        let options: Options
        /// The parameter after some of the steps, by their numbers.
        let after: [String: [Float]]
        /// What the optimiser remembers after the last step.
        let buffers: [String: [Float]]

        /// PyTorch's options as zoo's.
        var rule: UpdateRule {
            if kind == "SGD" {
                return .sgd(
                    SGD.Options(
                        learningRate: options.lr, momentum: options.momentum ?? 0, weightDecay: options.weightDecay,
                        dampening: options.dampening ?? 0, nesterov: options.nesterov ?? false,
                        maximize: options.maximize))
            }
            return .adam(
                Adam.Options(
                    learningRate: options.lr, beta1: options.betas?.first ?? .nan, beta2: options.betas?.last ?? .nan,
                    epsilon: options.eps ?? .nan, weightDecay: options.weightDecay, decouplesDecay: kind == "AdamW",
                    amsgrad: options.amsgrad ?? false, maximize: options.maximize))
        }
    }
    struct Options: Decodable {
        let lr, weightDecay: Float
        let momentum, dampening, eps: Float?
        let betas: [Double]?
        let nesterov, amsgrad: Bool?
        let maximize: Bool

        enum CodingKeys: String, CodingKey {
            case lr, momentum, dampening, eps, betas, nesterov, amsgrad, maximize
            case weightDecay = "weight_decay"
        }
    }
    let initial: [Float]
    let gradients: [[Float]]
    let cases: [Case]
}

@Suite("optimisers' steps are PyTorch's") struct OptimiserTests {
    private func fixture() throws -> OptimiserFixture {
        try Fixture.json("training/optimisers.json", as: OptimiserFixture.self)
    }

    private func worst(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }
            .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }

    @Test(
        arguments: [
            "plain", "plain, decay", "plain, maximize", "momentum", "momentum, decay", "momentum, dampening",
            "momentum, maximize", "nesterov", "nesterov, maximize", "adam", "adam, betas and eps", "adam, decay",
            "adam, amsgrad", "adam, maximize", "adamw", "adamw, decay", "adamw, amsgrad", "adamw, maximize",
        ])
    func steps(name: String) throws {
        let fixture = try fixture()
        #expect(fixture.cases.count == 18 && fixture.gradients.count == 20)
        let expected = try #require(fixture.cases.first { $0.name == name })
        var optimiser = expected.rule.makeParameterOptimiser()
        var parameter = fixture.initial
        var compared = 0
        for (index, gradient) in fixture.gradients.enumerated() {
            if index == 10 { optimiser.learningRate /= 10 }
            if index == 14 {
                // Saved and restored in between.
                var other = expected.rule.makeParameterOptimiser()
                other.learningRate = optimiser.learningRate
                try other.restore(optimiser.state, elementCount: parameter.count)
                optimiser = other
            }
            optimiser.step(&parameter, gradient: gradient)
            guard let wanted = expected.after["\(index + 1)"] else { continue }
            compared += 1
            let difference = worst(parameter, wanted)
            #expect(difference < 1e-6, "after step \(index + 1) the parameter differs by \(difference)")
        }
        #expect(compared == expected.after.count)
        #expect(optimiser.state.step == 20)
        #expect(Set(optimiser.state.buffers.keys) == Set(expected.buffers.keys))
        for (key, values) in optimiser.state.buffers {
            let difference = worst(values, try #require(expected.buffers[key]))
            #expect(difference < 1e-6, "\(key) differs by \(difference)")
        }
    }

    private func twoGroups() -> Optimiser {
        Optimiser([
            .init("body", .sgd(SGD.Options(learningRate: 0.5, momentum: 0.9, weightDecay: 0)), ["a", "b"]),
            .init("head", .adam(Adam.Options(learningRate: 0.1)), ["c"]),
        ])
    }

    private func step(_ optimiser: inout Optimiser, _ name: String, _ values: inout [Float], _ gradient: [Float]) {
        var span = values.mutableSpan
        optimiser.step(name, &span, gradient: gradient.span)
    }

    @Test func groupsHaveSettingsOfTheirOwn() {
        var optimiser = twoGroups()
        var (a, c): ([Float], [Float]) = ([1, 2], [1])
        step(&optimiser, "a", &a, [1, -1])
        step(&optimiser, "c", &c, [7])
        #expect(a == [0.5, 2.5])
        #expect(abs(c[0] - 0.9) < 1e-6)
        optimiser.setLearningRate(0, of: "body")
        step(&optimiser, "a", &a, [1, 1])
        step(&optimiser, "c", &c, [7])
        #expect(a == [0.5, 2.5])
        #expect(abs(c[0] - 0.8) < 1e-6)
        #expect(optimiser.learningRates == ["body": 0, "head": 0.1])
    }

    @Test func aNetworksStateIsRestored() throws {
        var first = twoGroups()
        var (a, c): ([Float], [Float]) = ([1, 2], [1])
        step(&first, "a", &a, [1, -1])
        step(&first, "c", &c, [7])
        var second = twoGroups()
        try second.restore(first.states, elementCounts: ["a": 2, "b": 3, "c": 1])
        #expect(second.states == first.states)
        var (otherA, otherC) = (a, c)
        step(&first, "a", &a, [3, 4])
        step(&second, "a", &otherA, [3, 4])
        step(&first, "c", &c, [-1])
        step(&second, "c", &otherC, [-1])
        #expect(a == otherA)
        #expect(c == otherC)
    }

    /// What can be wrong with a saved state.
    enum Defect: CaseIterable {
        case missingParameter, unknownParameter, missingBuffer, unknownBuffer, wrongLength, negativeStep, otherOptimiser
    }

    @Test("a state that does not fit is refused", arguments: Defect.allCases)
    func statesThatDoNotFit(defect: Defect) throws {
        var states = [
            "a": OptimiserState(step: 1, buffers: ["momentum_buffer": [1, 2]]), "b": OptimiserState(),
            "c": OptimiserState(step: 2, buffers: ["exp_avg": [1], "exp_avg_sq": [1]]),
        ]
        let counts = ["a": 2, "b": 3, "c": 1]
        var optimiser = twoGroups()
        try optimiser.restore(states, elementCounts: counts)
        let before = optimiser.states
        switch defect {
        case .missingParameter: states["b"] = nil
        case .unknownParameter: states["d"] = OptimiserState()
        case .missingBuffer: states["c"]?.buffers["exp_avg_sq"] = nil
        case .unknownBuffer: states["a"]?.buffers["max_exp_avg_sq"] = [1, 2]
        case .wrongLength: states["a"]?.buffers["momentum_buffer"] = [1]
        case .negativeStep: states["b"]?.step = -1
        case .otherOptimiser: states["a"] = states["c"]
        }
        let error = #expect(throws: TrainingError.self) { try optimiser.restore(states, elementCounts: counts) }
        #expect(error?.code == .unfitCheckpoint)
        #expect(optimiser.states == before)
    }

    @Test func nothingIsRememberedWithoutMomentum() {
        var optimiser = SGD(SGD.Options(learningRate: 1, momentum: 0, weightDecay: 0))
        var parameter: [Float] = [3]
        optimiser.step(&parameter, gradient: [1])
        #expect(parameter == [2])
        #expect(optimiser.state == OptimiserState(step: 1))
    }
}
