import TestSupport
import Testing
import ZooTraining

/// What `fixtures/generators/methods/schedules.py` let PyTorch's schedulers do.
struct ScheduleFixture: Decodable {
    struct Cycle: Decodable {
        let rates, momenta: [Double]
    }
    let base: Double
    let epochs, stepsPerEpoch: Int
    let losses: [Double]
    let byEpoch, plateau, rising, warmedInEpochs, warmedInSteps: [String: [Double]]
    let oneCycle, shortCycles: [String: Cycle]

    func moment(epoch: Int) -> TrainingMoment {
        TrainingMoment(epoch: epoch, stepsPerEpoch: stepsPerEpoch, epochCount: epochs)
    }

    func moment(step: Int) -> TrainingMoment {
        TrainingMoment(step: step, stepsPerEpoch: stepsPerEpoch, epochCount: epochs)
    }
}

@Suite("schedules are PyTorch's, value by value") struct LearningRateScheduleTests {
    private func fixture() throws -> ScheduleFixture {
        try Fixture.json("methods/schedules.json", as: ScheduleFixture.self)
    }

    private func expectEqual(_ found: [Double], _ expected: [Double], _ what: String) {
        #expect(found.count == expected.count, "\(what)")
        for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= 1e-12 * max(abs(b), 0.1)) {
            Issue.record("\(what), \(index): \(a) instead of \(b)")
        }
    }

    @Test func byEpoch() throws {
        let fixture = try fixture()
        #expect(fixture.byEpoch.count == 11 && fixture.epochs == 50)
        for (text, expected) in fixture.byEpoch {
            let schedule = try LearningRateSchedule(parsing: text)
            let found = (0..<fixture.epochs).map { schedule.rate(base: fixture.base, at: fixture.moment(epoch: $0)) }
            expectEqual(found, expected, text)
            // Within an epoch nothing changes.
            #expect(schedule.rate(base: 0.1, at: fixture.moment(step: 83)) == found[20], "\(text)")
            #expect(schedule.momentum(at: fixture.moment(epoch: 3)) == nil)
        }
    }

    @Test func oneCycleByStep() throws {
        let fixture = try fixture()
        #expect(fixture.oneCycle.count == 4)
        for (text, expected) in fixture.oneCycle {
            let schedule = try LearningRateSchedule(parsing: text)
            let moments = (0..<200).map { fixture.moment(step: $0) }
            expectEqual(moments.map { schedule.rate(base: fixture.base, at: $0) }, expected.rates, text)
            if text.contains("momentum") {
                expectEqual(moments.compactMap { schedule.momentum(at: $0) }, expected.momenta, text)
            }
        }
    }

    /// The rising part of a run of a few steps may have no step of its own.
    @Test(arguments: [2, 3, 4, 5]) func shortCycles(steps: Int) throws {
        let expected = try #require(try fixture().shortCycles["\(steps)"])
        let schedule = LearningRateSchedule.oneCycle()
        let found = (0..<steps).map {
            schedule.rate(base: 0.1, at: TrainingMoment(step: $0, stepsPerEpoch: 1, epochCount: steps))
        }
        expectEqual(found, expected.rates, "\(steps) steps")
    }

    @Test func aCycleOfOneStepHasARate() {
        let moment = TrainingMoment(step: 0, stepsPerEpoch: 1, epochCount: 1)
        for share in [0, 0.3, 1] {
            var cycle = OneCycle()
            cycle.risingShare = share
            #expect(LearningRateSchedule.oneCycle(cycle).rate(base: 0.1, at: moment).isFinite, "\(share)")
        }
    }

    @Test func plateau() throws {
        let fixture = try fixture()
        #expect(fixture.plateau.count == 4 && fixture.rising.count == 2)
        for (text, expected) in fixture.plateau.merging(fixture.rising, uniquingKeysWith: { first, _ in first }) {
            let plan = LearningRatePlan(try LearningRateSchedule(parsing: text))
            var state = PlateauState()
            var found: [Double] = []
            for (epoch, loss) in fixture.losses.enumerated() {
                found.append(plan.rate(base: fixture.base, at: fixture.moment(epoch: epoch), plateau: state))
                plan.observe(epoch: epoch, loss: loss, accuracy: 1 - loss, &state)
            }
            expectEqual(found, expected, text)
            #expect(state.reductionCount > 0 || text == "plateau", "\(text)")
        }
    }

    @Test func aLossThatIsNotANumberIsNoImprovement() {
        var state = PlateauState()
        var settings = Plateau()
        settings.patience = 1
        for value in [.nan, .nan, 1.0, .nan, .nan] { state.observe(value, settings) }
        #expect(state.best == 1)
        #expect(state.reductionCount == 2)
    }

    @Test func warmUps() throws {
        let fixture = try fixture()
        #expect(fixture.warmedInEpochs.count == 3 && fixture.warmedInSteps.count == 3)
        for (text, expected) in fixture.warmedInEpochs {
            let plan = LearningRatePlan(try LearningRateSchedule(parsing: text), warmUp: WarmUp(.epochs(5)))
            let found = (0..<fixture.epochs).map { plan.rate(base: fixture.base, at: fixture.moment(epoch: $0)) }
            expectEqual(found, expected, text)
        }
        for (text, expected) in fixture.warmedInSteps {
            let plan = LearningRatePlan(
                try LearningRateSchedule(parsing: text), warmUp: WarmUp(.steps(10), startFactor: 0.001))
            let found = (0..<200).map { plan.rate(base: fixture.base, at: fixture.moment(step: $0)) }
            expectEqual(found, expected, text)
        }
    }

    @Test func epochsOfAWarmUpDoNotCountForAPlateau() {
        var settings = Plateau()
        settings.patience = 0
        let plan = LearningRatePlan(.plateau(settings), warmUp: WarmUp(.epochs(2)))
        var state = PlateauState()
        for epoch in 0..<2 { plan.observe(epoch: epoch, loss: .infinity, accuracy: 0, &state) }
        #expect(state == PlateauState())
        for epoch in 2..<4 { plan.observe(epoch: epoch, loss: 1, accuracy: 0, &state) }
        #expect(state.reductionCount == 1)
    }

    @Test func groupsOfDifferentRatesShareAState() {
        var settings = Plateau()
        settings.minimum = 0.005
        let rates = [1.0, 0.02, 0.001].map { settings.rates(base: $0, reductions: 2) }
        expectEqual(rates, [0.01, 0.005, 0.001], "after two reductions")
    }
}

extension Plateau {
    fileprivate func rates(base: Double, reductions: Int) -> Double {
        var state = PlateauState()
        var eager = self
        eager.patience = 0
        for _ in 0...reductions { state.observe(1, eager) }
        let moment = TrainingMoment(epoch: 9, stepsPerEpoch: 1, epochCount: 10)
        return LearningRateSchedule.plateau(self).rate(base: base, at: moment, plateau: state)
    }
}
