import TestSupport
import Testing
import ZooEngine
import ZooGraph
import ZooTensor
import ZooTraining

/// Twenty steps of a whole network lose what PyTorch's lose, from `fixtures/generators/training.py`.
///
/// PyTorch's own curve has branches where the rounding of float32 decides the sign of a ReLU's input; zoo's is one of them.
@Suite(.slow) struct LossCurveTests {
    private static let rules: [String: UpdateRule] = [
        "sgd": .sgd(SGD.Options(learningRate: 0.002, momentum: 0.9, weightDecay: 1e-4)),
        "nesterov": .sgd(SGD.Options(learningRate: 0.002, momentum: 0.9, weightDecay: 0, nesterov: true)),
        "adam": .adam(Adam.Options(learningRate: 5e-4, weightDecay: 1e-4)),
        "adamw": .adam(Adam.Options(learningRate: 5e-4, weightDecay: 0.05, decouplesDecay: true)),
    ]
    private static let (batch, side, classes) = (6, 16, 10)

    /// The images and labels of a step: five batches in turn.
    private func batch(_ step: Int) -> (images: [Float], labels: [Int]) {
        let count = Self.batch * 3 * Self.side * Self.side
        return (
            SeededNumbers.uniform("images of batch \(step % 5)", count).map { Float(($0 - 0.5) * 4) },
            SeededNumbers.uniform("labels of batch \(step % 5)", Self.batch).map { Int($0 * Double(Self.classes)) }
        )
    }

    @Test(arguments: ["sgd", "nesterov", "adam", "adamw"])
    func curve(name: String) throws {
        let curves = try #require(try Fixture.json("training/curves.json", as: [String: [[Double]]].self)[name])
        let losses = try losses(try #require(Self.rules[name]))
        #expect(curves.allSatisfy { $0.count == losses.count })
        let differences = curves.map { curve in zip(losses, curve).map { abs($0 - $1) }.max() ?? .infinity }
        let nearest = try #require(differences.min())
        #expect(nearest < 1e-3, "\(losses) differs by \(differences)")
    }

    /// The loss of every step before its update.
    private func losses(_ rule: UpdateRule) throws -> [Double] {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: Self.classes)
        var weights: [String: Tensor] = [:]
        for spec in graph.parameterSpecs where !spec.isOptional {
            weights[spec.name] = Tensor(SeededNumbers.values(spec.name, spec.shape.sizes), shape: spec.shape)
        }
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph))
        // Direct convolution rounds least, so that fewer ReLUs see another sign.
        let plan = try TrainingPlan(
            parameters, batchSize: Self.batch, height: Self.side, width: Self.side,
            options: EngineOptions(exact: true))
        var optimiser = Optimiser([.init("all", rule, Set(parameters.names))])
        return try (0..<20).map { step in
            let (images, labels) = batch(step)
            let logits = Matrix(
                rowCount: Self.batch, columnCount: Self.classes, values: try plan.forward(images.span))
            let result = CrossEntropy.evaluate(logits: logits, labels: labels)
            try plan.backward(result.gradient.values.span)
            parameters.update { name, values, gradient in
                optimiser.step(name, &values, gradient: gradient)
            }
            return result.lossSum / Double(Self.batch)
        }
    }
}
