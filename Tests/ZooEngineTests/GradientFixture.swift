import Foundation
import TestSupport
import ZooGraph
import ZooTensor

/// PyTorch's gradients of one network, from fixtures/generators/gradients.py.
struct GradientFixture: Decodable {
    /// The gradients of one step.
    struct Step: Decodable {
        /// The mean cross-entropy.
        let loss: Double
        /// Projections of the gradient of the images.
        let images: Projections
        /// Projections of each parameter's gradient.
        let parameters: [String: Projections]
        /// Projections of the running means and variances after the step, where batch norms train.
        let running: [String: Projections]?
        /// What PyTorch's own float32 is off by, where batch norms train: see ``GradientComparison/worst``.
        let float32: Double?
    }

    let shape: [Int]
    let labels: [Int]
    /// With all batch norms in evaluation mode.
    let frozen: Step
    /// With all batch norms in training mode, if there are any.
    let training: Step?

    /// The networks of ``NetworkTests``: all can be trained.
    static let names = NetworkTests.cases.map(\.name)

    /// The fixture of a network that ``NetworkTests`` names.
    init(of name: String) throws {
        let file = name.replacing(", ", with: "-").replacing(" ", with: "-")
        self = try Fixture.json("gradients/\(file).json")
    }

    /// The step with batch norms in that mode; without any there is one step.
    func step(trains: Bool) -> Step { trains ? training ?? frozen : frozen }

    /// The names of all batch norms of a graph.
    static func batchNorms(of graph: Graph) -> [String] {
        graph.nodes.filter { if case .batchNorm = $0.operation { true } else { false } }.map(\.name)
    }
}

/// A tensor as its norm and two weighted sums, the weights seeded by its name.
///
/// The first weights lie in 0.5..<1.5, so none is zero; the second in −0.5..<0.5. A wrong element changes both.
struct Projections: Decodable {
    let norm, first, second: Double

    init(_ name: String, _ values: [Double]) {
        var (squares, first, second) = (0.0, 0.0, 0.0)
        for (value, weight) in zip(values, Seeded.uniform("projection of " + name, values.count)) {
            squares += value * value
            first += value * (weight + 0.5)
            second += value * (weight - 0.5)
        }
        (norm, self.first, self.second) = (squares.squareRoot(), first, second)
    }

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        norm = try list.decode(Double.self)
        first = try list.decode(Double.self)
        second = try list.decode(Double.self)
    }

    /// The largest difference to what is expected, relative to the expected norm, or to `floor` where that is larger.
    func difference(from expected: Projections, floor: Double) -> Double {
        let scale = max(expected.norm, floor)
        let worst = [norm - expected.norm, first - expected.first, second - expected.second].map(abs)
            .reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
        return worst == 0 ? 0 : worst / scale
    }
}

/// The gradients of a step that any engine took, beside PyTorch's.
struct GradientComparison: CustomStringConvertible {
    /// The largest difference of a tensor, relative to its norm (or to a hundred-thousandth of the largest norm: what
    /// is zero but for rounding, such as a bias before a batch norm, has no scale of its own). What is zero even in float64
    /// is relative to a ten-thousandth, so that a bound of 1e-3 is 1e-7 of the largest norm: the rounding of float32.
    private(set) var worst = 0.0
    private(set) var name = "nothing"
    /// Parameters that only one side has.
    private(set) var unmatched: [String] = []

    /// Compares gradients of the mean cross-entropy.
    ///
    /// - Parameter images: The gradient of the images, if it was computed.
    init(_ found: [String: [Double]], images: [Double]?, _ expected: GradientFixture.Step) {
        let largest = expected.parameters.values.map(\.norm).max() ?? 0
        unmatched = Set(found.keys).symmetricDifference(expected.parameters.keys).sorted()
        for (name, values) in found.sorted(by: { $0.key < $1.key }) {
            guard let wanted = expected.parameters[name] else { continue }
            let floor = largest * (wanted.norm < 1e-12 * largest ? 1e-4 : 1e-5)
            note(Projections(name, values).difference(from: wanted, floor: floor), name)
        }
        if let images { note(Projections("images", images).difference(from: expected.images, floor: 0), "images") }
    }

    private mutating func note(_ difference: Double, _ name: String) {
        if !(difference <= worst) { (worst, self.name) = (difference.isNaN ? .infinity : difference, name) }
    }

    var description: String {
        "\(name) differs by \(worst)" + (unmatched.isEmpty ? "" : ", only one side has \(unmatched)")
    }
}

/// The mean cross-entropy of logits, in float64.
struct MeanCrossEntropy {
    let loss: Double
    /// `N×F`.
    let gradient: [Double]

    init(_ logits: [Double], labels: [Int]) {
        let classes = logits.count / labels.count
        var (loss, gradient) = (0.0, logits)
        for (n, label) in labels.enumerated() {
            let row = n * classes..<(n + 1) * classes
            let largest = logits[row].max() ?? 0
            let sum = logits[row].reduce(0) { $0 + exp($1 - largest) }
            loss += largest + log(sum) - logits[row.lowerBound + label]
            for index in row {
                let share = exp(logits[index] - largest) / sum
                gradient[index] = (share - (index - row.lowerBound == label ? 1 : 0)) / Double(labels.count)
            }
        }
        self.loss = loss / Double(labels.count)
        self.gradient = gradient
    }
}
