import TestSupport
import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// The real engine's gradients beside PyTorch's, and beside the reference's where there is no fixture.
@Suite struct TrainingPlanTests {
    /// One step of the mean cross-entropy.
    struct Step {
        let loss: Double
        let gradients: [String: [Double]]
        let parameters: TrainableParameters

        init(
            _ graph: Graph, _ images: [Float], shape: Shape, labels: [Int], scope: TrainingScope,
            options: EngineOptions = EngineOptions()
        ) throws {
            let parameters = try TrainableParameters(
                graph: graph, parameters: Seeded.parameters(of: graph), scope: scope)
            let plan = try TrainingPlan(
                parameters, batchSize: shape[0], height: shape[2], width: shape[3], options: options)
            let logits = try plan.forward(images.span).map { Double($0) }
            let entropy = MeanCrossEntropy(logits, labels: labels)
            let slopes = entropy.gradient.map { Float($0) }
            try plan.backward(slopes.span)
            loss = entropy.loss
            gradients = try parameters.gradients().mapValues { $0.map { Double($0) } }
            self.parameters = parameters
        }
    }

    private func check(_ name: String, trainsNorms: Bool, exact: Bool) throws {
        let graph = try #require(NetworkTests.cases.first { $0.name == name }?.graph)
        let fixture = try GradientFixture(of: name)
        let expected = fixture.step(trains: trainsNorms)
        let shape = Shape(fixture.shape)
        var scope = TrainingScope.everything(of: graph)
        scope.dropsOut = false
        if !trainsNorms { scope.batchNorms = [] }
        let step = try Step(
            graph, Seeded.values("images", shape), shape: shape, labels: fixture.labels, scope: scope,
            options: EngineOptions(exact: exact))
        // Some networks are ill-conditioned on so few images: PyTorch's float32 is off by more than 1e-3 too. Winograd's
        // rounding errors are about ten times those of direct convolutions.
        let bound = max(1e-3, (expected.float32 ?? 0) * (exact ? 4 : 20))
        #expect(abs(step.loss - expected.loss) < max(1e-4, bound / 10) * max(1, expected.loss))
        let comparison = GradientComparison(step.gradients, images: nil, expected)
        #expect(comparison.worst < bound && comparison.unmatched.isEmpty, "\(comparison), bound \(bound)")
        guard let running = expected.running else { return }
        let tensors = try step.parameters.tensors()
        for (name, wanted) in running {
            let values = try #require(try tensors[name]?.float32Values())
            let found = Projections(name, values.map { Double($0) })
            #expect(found.difference(from: wanted, floor: 0) < bound, "\(name)")
        }
    }

    @Test(
        "gradients are PyTorch's",
        arguments: GradientFixture.names.quickOnes {
            ["narrow basic, odd", "narrow vit", "narrow densenet", "shufflenet_v2_x0_5", "mobilenet_v3_small"].contains(
                $0)
        })
    func gradients(name: String) throws { try check(name, trainsNorms: true, exact: true) }

    @Test(
        "by Winograd's algorithm too",
        arguments: ["narrow bottleneck", "narrow resnext", "narrow vgg", "narrow inception", "resnet20_cifar"].thinned(
            to: 1))
    func winograd(name: String) throws { try check(name, trainsNorms: true, exact: false) }

    // The rest would only repeat the operations of these.
    @Test(
        "with frozen batch norms too",
        arguments: ["narrow basic", "narrow vgg_bn", "narrow densenet", "narrow regnet"].thinned(to: 1))
    func frozenNorms(name: String) throws { try check(name, trainsNorms: false, exact: false) }

    /// A small network with everything around a residual sum.
    private static func smallNetwork() throws -> Graph {
        try ResNet(block: .basic, blocks: [1, 1, 1, 1], width: 16).graph(name: "small", classes: 5)
    }

    private static let shape: Shape = [6, 3, 40, 40]
    private static let labels = [0, 1, 2, 3, 4, 0]

    private func step(_ scope: TrainingScope, _ options: EngineOptions = EngineOptions()) throws -> Step {
        try Step(
            Self.smallNetwork(), Seeded.values("images", Self.shape), shape: Self.shape, labels: Self.labels,
            scope: scope, options: options)
    }

    @Test(
        "a part of the network has the gradients that it has in the whole", .slow,
        arguments: [
            ["fc.weight", "fc.bias"], ["fc.bias"], ["layer4.0.conv2.weight"], ["layer2.0.downsample.0.weight"],
            ["layer3.0.bn1.weight"], ["conv1.weight", "layer4.0.bn2.bias"],
        ])
    func parts(names: [String]) throws {
        var scope = TrainingScope.everything(of: try Self.smallNetwork())
        scope.batchNorms = []
        let whole = try step(scope)
        scope.parameters = Set(names)
        let part = try step(scope)
        #expect(Set(part.gradients.keys) == Set(names))
        for name in names {
            let difference = Difference(
                try #require(part.gradients[name]).map { Float($0) }, try #require(whole.gradients[name]))
            #expect(difference.relative < 1e-4, "\(name): \(difference)")
        }
    }

    @Test func gradientsOfTwoHalvesAddUp() throws {
        let graph = try Self.smallNetwork()
        var scope = TrainingScope.everything(of: graph)
        scope.batchNorms = []
        let whole = try step(scope)
        let parameters = try TrainableParameters(
            graph: graph, parameters: Seeded.parameters(of: graph), scope: scope)
        let plan = try TrainingPlan(parameters, batchSize: 3, height: 40, width: 40, addsGradients: true)
        let images = Seeded.values("images", Self.shape)
        parameters.clearGradients()
        for half in 0..<2 {
            let part = Array(images[half * images.count / 2..<(half + 1) * images.count / 2])
            let logits = try plan.forward(part.span).map { Double($0) }
            let entropy = MeanCrossEntropy(logits, labels: Array(Self.labels[half * 3..<half * 3 + 3]))
            let slopes = entropy.gradient.map { Float($0 / 2) }
            try plan.backward(slopes.span)
        }
        for (name, found) in try parameters.gradients() {
            let difference = Difference(found, try #require(whole.gradients[name]))
            #expect(difference.relative < 1e-4, "\(name): \(difference)")
        }
    }

    @Test func stepsLowerTheLossAndPlansOfOtherSizesSeeThem() throws {
        let graph = try Self.smallNetwork()
        let parameters = try TrainableParameters(
            graph: graph, parameters: Seeded.parameters(of: graph), scope: .everything(of: graph))
        let plan = try TrainingPlan(parameters, batchSize: 6, height: 40, width: 40)
        let images = Seeded.values("images", Self.shape)
        var losses: [Double] = []
        for _ in 0..<8 {
            let logits = try plan.forward(images.span).map { Double($0) }
            let entropy = MeanCrossEntropy(logits, labels: Self.labels)
            losses.append(entropy.loss)
            let slopes = entropy.gradient.map { Float($0) }
            try plan.backward(slopes.span)
            parameters.update { _, values, gradient in
                for index in values.indices { values[index] -= 0.02 * gradient[index] }
            }
        }
        #expect(try #require(losses.last) < losses[0] * 0.7, "\(losses)")
        // What was learnt is what the tensors hold, in PyTorch's order, and what other plans run.
        let tensors = try parameters.tensors()
        let inference = try InferencePlan(
            graph: graph, parameters: tensors, batchSize: 6, height: 40, width: 40)
        var frozen = TrainingScope.everything(of: graph)
        frozen.batchNorms = []
        let again = try TrainableParameters(graph: graph, parameters: tensors, scope: frozen)
        let other = try TrainingPlan(again, batchSize: 6, height: 40, width: 40)
        let difference = Difference(
            try inference.run(images.span, count: 6), try other.forward(images.span).map { Double($0) })
        #expect(difference.relative < 1e-4, "\(difference)")
        let counter = try #require(tensors["bn1.num_batches_tracked"])
        #expect(try counter.float32Values() == [8])
    }

    @Test(
        "bfloat16 gives the direction of float32", .slow,
        .enabled(if: (try? Precision.bfloat16.support()) != .missing, "the processor has no AVX-512"))
    func bfloat16() throws {
        let scope = TrainingScope.everything(of: try Self.smallNetwork())
        let (exact, rounded) = (try step(scope), try step(scope, EngineOptions(precision: .bfloat16)))
        for (name, expected) in exact.gradients {
            let found = try #require(rounded.gradients[name])
            let product = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 }
            let norms = [found, expected].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            // Rounding to eight bits turns the gradients of the first layers by some degrees.
            #expect(product > 0.97 * norms[0] * norms[1], "\(name): cosine \(product / norms[0] / norms[1])")
        }
    }

    @Test func dropoutDropsByItsSeed() throws {
        let graph = try AlexNet(hidden: 16).graph(name: "alexnet", classes: 5)
        let parameters = try TrainableParameters(
            graph: graph, parameters: Seeded.parameters(of: graph), scope: .everything(of: graph))
        let plan = try TrainingPlan(parameters, batchSize: 2, height: 63, width: 63)
        let images = Seeded.values("images", [2, 3, 63, 63])
        let first = try plan.forward(images.span, seed: 1)
        #expect(try plan.forward(images.span, seed: 1) == first)
        #expect(try plan.forward(images.span, seed: 2) != first)
    }

    @Test func whatDoesNotFitIsNamed() throws {
        let graph = try Self.smallNetwork()
        let weights = Seeded.parameters(of: graph)
        func error(_ names: Set<String>) -> EngineError? {
            #expect(throws: EngineError.self) {
                try TrainableParameters(
                    graph: graph, parameters: weights,
                    scope: TrainingScope(parameters: names, batchNorms: [], dropsOut: false))
            }
        }
        #expect(
            error(["fc.wieght"])?.description == "small: fc.wieght: the network has no parameter of that name to train")
        #expect(error(["bn1.running_mean"])?.description == "small: bn1.running_mean: it is recorded, not trained")
        let parameters = try TrainableParameters(
            graph: graph, parameters: weights, scope: .everything(of: graph))
        let plan = try TrainingPlan(parameters, batchSize: 2, height: 40, width: 40)
        let images = [Float](repeating: 0, count: 3 * 40 * 40)
        let few = #expect(throws: EngineError.self) { try plan.forward(images.span) }
        #expect(few?.description == "small: 2 images of 3×40×40 are 9600 values, there are 4800")
    }
}
