import Glibc
import TestSupport
import Testing
import ZooTraining

/// What `fixtures/generators/methods/lbfgs.py` let PyTorch minimise in float64.
struct LBFGSFixture: Decodable {
    struct Case: Decodable {
        let initial: [Float]
        /// After one iteration, after two, and so on.
        let losses: [Double]
        let evaluations: [Int]
        let last: [Double]
        let historySize: Int
        let learningRate: Double
    }
    let features: [Double]
    let labels: [Int]
    let cases: [String: Case]

    /// Cross-entropy of a linear head with an L2 penalty, in float64.
    func logistic(_ parameters: [Float], penalty: Double) -> LBFGS.Evaluation {
        let classes = 3
        let featureCount = features.count / labels.count
        let values = parameters.map(Double.init)
        var gradient = values.map { $0 * penalty }
        var loss = values.reduce(0) { $0 + penalty / 2 * $1 * $1 }
        for (row, label) in labels.enumerated() {
            let inputs = features[row * featureCount..<(row + 1) * featureCount]
            let logits = (0..<classes).map { c in
                zip(inputs, values[c * featureCount..<(c + 1) * featureCount]).reduce(
                    values[classes * featureCount + c]
                ) { $0 + $1.0 * $1.1 }
            }
            let sum = logits.reduce(0) { $0 + exp($1) }
            loss += (log(sum) - logits[label]) / Double(labels.count)
            for c in 0..<classes {
                let slope = (exp(logits[c]) / sum - (c == label ? 1 : 0)) / Double(labels.count)
                for (index, input) in inputs.enumerated() { gradient[c * featureCount + index] += slope * input }
                gradient[classes * featureCount + c] += slope
            }
        }
        return (loss, gradient.map(Float.init))
    }
}

@Suite("L-BFGS is PyTorch's") struct LBFGSTests {
    private func rosenbrock(_ parameters: [Float]) -> LBFGS.Evaluation {
        var (loss, gradient) = (0.0, [Float](repeating: 0, count: parameters.count))
        for index in stride(from: 0, to: parameters.count, by: 2) {
            let (x, y) = (Double(parameters[index]), Double(parameters[index + 1]))
            loss += 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
            gradient[index] = Float(-400 * x * (y - x * x) - 2 * (1 - x))
            gradient[index + 1] = Float(200 * (y - x * x))
        }
        return (loss, gradient)
    }

    @Test(arguments: [
        ("logistic, penalty 0.1", 0.1), ("logistic, penalty 0.001", 0.001), ("logistic, short history", 0.001),
        ("logistic, long first steps", 0.001), ("rosenbrock", nil), ("rosenbrock, short history", nil),
    ])
    func lossesOfEveryIteration(name: String, penalty: Double?) throws {
        let fixture = try Fixture.json("methods/lbfgs.json", as: LBFGSFixture.self)
        let expected = try #require(fixture.cases[name])
        var options = LBFGS.Options()
        (options.maxIterations, options.maxEvaluations) = (expected.losses.count, 1000)
        (options.historySize, options.learningRate) = (expected.historySize, expected.learningRate)
        var parameters = expected.initial
        var losses: [Double] = []
        var evaluations: [Int] = []
        let outcome = LBFGS(options).minimise(&parameters) { outcome in
            losses.append(outcome.loss)
            evaluations.append(outcome.evaluationCount)
        } evaluate: { values in
            penalty.map { fixture.logistic(values, penalty: $0) } ?? rosenbrock(values)
        }
        #expect(outcome.loss == losses.last)
        // In Rosenbrock's valley the rounding of float32 is multiplied.
        let tolerance = penalty == nil ? 2e-3 : 1e-5
        #expect(losses.count > 8)
        for (iteration, (found, wanted)) in zip(losses, expected.losses).enumerated() {
            #expect(abs(found - wanted) < tolerance, "iteration \(iteration): \(found) instead of \(wanted)")
            #expect(evaluations[iteration] == expected.evaluations[iteration], "evaluations of iteration \(iteration)")
        }
        // Where the search of float32 ends sooner, it is because nothing changed any more.
        #expect(abs(outcome.loss - (expected.losses.last ?? .nan)) < tolerance)
        let worst = zip(parameters, expected.last).map { abs(Double($0) - $1) }.max() ?? .nan
        #expect(worst < (penalty == nil ? 0.05 : 2e-3), "parameters differ by \(worst)")
    }

    @Test func endings() {
        func bowl(_ values: [Float]) -> LBFGS.Evaluation { (Double(values[0] * values[0]), [2 * values[0]]) }
        var parameters: [Float] = [0]
        #expect(LBFGS().minimise(&parameters, evaluate: bowl).ending == .gradient)
        parameters = [4]
        let found = LBFGS().minimise(&parameters, evaluate: bowl)
        #expect(found.ending == .gradient && abs(parameters[0]) < 1e-7)
        var options = LBFGS.Options()
        options.maxIterations = 1
        parameters = [-1.25, 1]
        let limited = LBFGS(options).minimise(&parameters, evaluate: rosenbrock)
        #expect(limited.ending == .limit && limited.iterationCount == 1)
        #expect(limited.loss == rosenbrock(parameters).loss)
        #expect(LBFGS().minimise(&parameters) { _ in (.nan, [0, 0]) }.ending == .notFinite)
        #expect(LBFGS().minimise(&parameters) { _ in (0, [.nan, 0]) }.ending == .notFinite)
    }

    /// A loss that explodes, or is no number, beyond some point is only a reason to go less far.
    @Test(arguments: [Double.infinity, .nan]) func wallsAreKeptAwayFrom(beyond: Double) {
        var parameters: [Float] = [0.5]
        var options = LBFGS.Options()
        options.learningRate = 100
        let outcome = LBFGS(options).minimise(&parameters) { values in
            let x = Double(values[0])
            return x > 0 && x < 4 ? (x - log(x), [Float(1 - 1 / x)]) : (beyond, [Float(beyond)])
        }
        #expect(abs(parameters[0] - 1) < 1e-3, "\(parameters[0])")
        #expect(outcome.loss.isFinite)
    }

    @Test func errorsEndTheSearch() {
        struct Stop: Error {}
        var parameters: [Float] = [-1.25, 1]
        #expect(throws: Stop.self) {
            try LBFGS().minimise(&parameters, onIteration: { _ in throw Stop() }, evaluate: rosenbrock)
        }
        #expect(parameters != [-1.25, 1], "the first iteration's result is kept")
    }
}
