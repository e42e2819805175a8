import TestSupport
import ZooEngine
import ZooGraph
import ZooTensor

/// Numbers that depend on a name only, computed alike in fixtures/generators/networks.py, so that no weights are stored.
enum Seeded {
    /// `count` numbers in 0..<1; see ``SeededNumbers``.
    static func uniform(_ name: String, _ count: Int) -> [Double] { SeededNumbers.uniform(name, count) }

    /// A tensor of moderate size: weights keep the variance of what they multiply, variances stay positive.
    static func tensor(_ name: String, _ shape: Shape) -> Tensor {
        Tensor(values(name, shape), shape: shape)
    }

    /// The elements of ``tensor(_:_:)``.
    static func values(_ name: String, _ shape: Shape) -> [Float] { SeededNumbers.values(name, shape.sizes) }

    /// Seeded values for everything that `graph` needs.
    static func parameters(of graph: Graph) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for spec in graph.parameterSpecs where !spec.isOptional { result[spec.name] = tensor(spec.name, spec.shape) }
        return result
    }
}

/// How far two results are apart, relative to the largest expected value.
struct Difference: CustomStringConvertible {
    let relative: Double
    let worst: Int
    let description: String

    init(_ found: [Float], _ expected: [Double]) {
        guard found.count == expected.count else {
            (relative, worst, description) = (.infinity, 0, "\(found.count) values instead of \(expected.count)")
            return
        }
        let largest = expected.map(abs).max() ?? 0
        let differences = zip(found, expected).map { abs(Double($0) - $1) }
        // A NaN compares with nothing, so it is looked for.
        let worst =
            differences.firstIndex { !$0.isFinite } ?? differences.indices.max { differences[$0] < differences[$1] }
            ?? 0
        self.worst = worst
        let difference = differences.isEmpty ? 0 : differences[worst]
        relative = difference.isFinite ? (largest > 0 ? difference / largest : difference) : .infinity
        description =
            found.isEmpty
            ? "empty" : "element \(worst) is \(found[worst]) instead of \(expected[worst]), largest \(largest)"
    }
}

extension Graph {
    /// The difference between oneDNN and the float64 loops on seeded weights and images.
    func differenceFromReference(
        batch: Int, height: Int, width: Int, options: EngineOptions = EngineOptions()
    ) throws -> Difference {
        let parameters = Seeded.parameters(of: self)
        let shape: Shape = [batch, inputChannels, height, width]
        let images = Seeded.values("images", shape)
        let plan = try InferencePlan(
            graph: self, parameters: parameters, batchSize: batch, height: height, width: width, options: options)
        let expected = try ReferenceEngine.run(
            self, parameters: parameters, input: images.map { Double($0) }, shape: shape)
        // The second run finds the memory full of the first one's results.
        _ = try plan.run(images, count: batch)
        return Difference(try plan.run(images, count: batch), expected)
    }
}

extension InferencePlan {
    /// The same on an array: a span can't be an argument inside `#expect`.
    func run(_ images: [Float], count: Int) throws -> [Float] {
        try run(images.span, count: count)
    }
}
