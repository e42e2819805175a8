import Testing
import ZooCore

@testable import ZooTraining

@Suite("which options of a search matter") struct OptionImportanceTests {
    /// Trials of a space whose accuracy follows from the setting and chance.
    private func trials(
        _ space: SearchSpace, count: Int, _ accuracy: (SearchSetting, Double) -> Double?
    ) -> [TrialResult] {
        var generator = SeededGenerator(seed: 11)
        return (1...count).map { number in
            let setting = space.draw(&generator)
            return TrialResult(
                PlannedTrial(number: number, setting: setting, round: 1, epochs: 1),
                accuracy: accuracy(setting, Double(generator.uniform())), loss: 1, bestEpochs: [1], seconds: 1)
        }
    }

    private func space() throws -> SearchSpace {
        try SearchSpace(
            ["lr=log(1e-4,1) momentum=uniform(0,1) augment=none,light,standard"], known: ["lr", "momentum", "augment"])
    }

    @Test func theOneThatDecidesExplainsNearlyAllAndOthersNothing() throws {
        let space = try space()
        let results = trials(space, count: 90) { setting, chance in
            (setting["augment"] == "light" ? 0.9 : 0.5) + 0.01 * chance
        }
        let found = OptionImportance.all(of: space, in: results)
        #expect(found.map(\.name) == ["lr", "momentum", "augment"])
        #expect(found[2].share > 0.98 && found[2].isDistinct)
        #expect(found[0].share < 0.15 && !found[0].isDistinct && !found[1].isDistinct, "\(found)")
    }

    @Test func aNumberWithItsBestInTheMiddleIsFound() throws {
        let space = try space()
        let results = trials(space, count: 90) { setting, _ in
            let value = setting["momentum"].flatMap(Double.init) ?? 0
            return 1 - (value - 0.5) * (value - 0.5)
        }
        #expect(OptionImportance.all(of: space, in: results)[1].share > 0.8)
    }

    @Test func tooFewTrialsOrNoDifferenceSayNothing() throws {
        let space = try space()
        #expect(OptionImportance.all(of: space, in: trials(space, count: 11) { $1 }).isEmpty)
        #expect(OptionImportance.all(of: space, in: trials(space, count: 50) { _, _ in 0.5 }).isEmpty)
        #expect(OptionImportance.all(of: space, in: trials(space, count: 50) { _, _ in nil }).isEmpty)
    }

    @Test func epsilonSquaredIsThatOfItsFormula() {
        // Groups {1, 2, 3} and {4, 6, 8}: SSwithin = 2 + 8, SStotal = 34, n = 6, k = 2.
        let found = OptionImportance.explained([1, 2, 3, 4, 6, 8], by: [0, 0, 0, 1, 1, 1])
        #expect(abs(found - (1 - (10.0 / 4) / (34.0 / 5))) < 1e-12)
        #expect(OptionImportance.explained([1, 2], by: [0, 1]) == 0)
    }

    @Test func equalValuesAreInOneGroup() {
        let groups = OptionImportance.groups(["3", "1", "1", "1", "1", "2", "5", "4", "6"], of: .uniform(0, 9))
        #expect(Set(groups[1...4]).count == 1)
        #expect(OptionImportance.groups(["b", "a", "b"], of: .choices(["a", "b"])) == [1, 0, 1])
    }
}
