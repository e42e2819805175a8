import TestSupport
import Testing
import ZooCore
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// What is done to take less memory changes no result.
@Suite("memory that is saved", .slow) struct MemoryUseTests {
    /// Layers whose convolution by Winograd's algorithm would want 29 MB of scratch space for each image.
    private func large() throws -> (graph: Graph, images: [Float], shape: Shape) {
        var net = GraphBuilder("large", inputChannels: 16)
        let x = net.relu(net.convolution("a", net.input, channels: 64, kernel: 1))
        let y = net.convolution("b", x, channels: 64, kernel: 3, padding: 1, bias: true)
        let output = net.linear("fc", net.flatten(net.globalAveragePool(net.relu(net.add(y, x)))), outputs: 3)
        let shape: Shape = [3, 16, 224, 224]
        return (try net.graph(output: output), Seeded.values("images", shape), shape)
    }

    @Test("a large batch is convolved in pieces") func pieces() throws {
        let (graph, images, shape) = try large()
        func run(exact: Bool) throws -> (output: [Float], byteCount: Int) {
            let plan = try InferencePlan(
                graph: graph, parameters: Seeded.parameters(of: graph), batchSize: shape[0], height: 224, width: 224,
                options: EngineOptions(exact: exact))
            return (try plan.run(images, count: shape[0]), plan.arenaByteCount)
        }
        let (direct, winograd) = (try run(exact: true), try run(exact: false))
        let difference = Difference(winograd.output, direct.output.map { Double($0) })
        #expect(difference.relative < 1e-5, "\(difference)")
        #expect(winograd.byteCount < direct.byteCount + 40_000_000)
    }

    @Test("and its gradients go back in pieces") func gradientsInPieces() throws {
        let (graph, images, shape) = try large()
        func step(exact: Bool) throws -> TrainingPlanTests.Step {
            try TrainingPlanTests.Step(
                graph, images, shape: shape, labels: [0, 2, 1], scope: .everything(of: graph),
                options: EngineOptions(exact: exact))
        }
        let (direct, winograd) = (try step(exact: true).gradients, try step(exact: false).gradients)
        for (name, expected) in direct {
            let difference = Difference(try #require(winograd[name]).map { Float($0) }, expected)
            // What Winograd's rounding adds up to over 150,000 pixels.
            #expect(difference.relative < 5e-4, "\(name): \(difference)")
        }
    }

    /// A layer of four million weights, which lie as in PyTorch.
    private func wide() throws -> Graph {
        var net = GraphBuilder("wide", inputChannels: 32)
        let x = net.linear("fc", net.flatten(net.input, features: 32 * 8 * 8), outputs: 2048)
        let output = net.linear("head", net.activation(.silu, x), outputs: 3)
        return try net.graph(output: output)
    }

    @Test("the weights of large linear layers are the caller's, or not", arguments: Precision.allCases)
    func wideLayers(precision: Precision) throws {
        guard try precision.support() != .missing else { return }
        let graph = try wide()
        var parameters = Seeded.parameters(of: graph)
        let shape: Shape = [2, 32, 8, 8]
        let images = Seeded.values("images", shape)
        let options = EngineOptions(precision: precision)
        func run() throws -> [Float] {
            try InferencePlan(
                graph: graph, parameters: parameters, batchSize: 2, height: 8, width: 8, options: options
            ).run(images, count: 2)
        }
        let expected = try ReferenceEngine.run(
            graph, parameters: parameters, input: images.map { Double($0) }, shape: shape)
        let difference = Difference(try run(), expected)
        #expect(difference.relative < (precision == .float32 ? 1e-5 : 0.02), "\(difference)")
        // Weights of another type, and such that lie otherwise, are copied.
        let rows = try #require(try parameters["fc.weight"]?.float32Values())
        let side = 2048
        let columns: [Float] = (0..<side * side).map { index in rows[index % side * side + index / side] }
        let transposed = try TensorLayout(
            dtype: .float32, shape: [2048, 2048], strides: [1, 2048], offset: 0)
        let first = try run()
        let wider = rows.map { Double($0) }
        let turned = Storage(copying: columns.rawSpan)
        let doubles = Storage(copying: wider.rawSpan)
        parameters["fc.weight"] = try Tensor(layout: transposed, storage: turned)
        #expect(try run() == first)
        parameters["fc.weight"] = try Tensor(
            layout: TensorLayout(contiguous: .float64, [2048, 2048]), storage: doubles)
        #expect(try run() == first)
    }

    @Test("large linear layers are trained like small ones", arguments: Precision.allCases)
    func wideGradients(precision: Precision) throws {
        guard try precision.support() != .missing else { return }
        let graph = try wide()
        let shape: Shape = [2, 32, 8, 8]
        let images = Seeded.values("images", shape)
        let step = try TrainingPlanTests.Step(
            graph, images, shape: shape, labels: [0, 2], scope: .everything(of: graph),
            options: EngineOptions(precision: precision))
        let reference = try ReferenceEngine.differentiate(
            graph, parameters: Seeded.parameters(of: graph), input: images.map { Double($0) }, shape: shape,
            mode: ReferenceEngine.TrainingMode(batchNorms: [])
        ) { MeanCrossEntropy($0, labels: [0, 2]).gradient }
        for (name, expected) in reference.parameters {
            let difference = Difference(try #require(step.gradients[name]).map { Float($0) }, expected)
            #expect(difference.relative < (precision == .float32 ? 1e-4 : 0.05), "\(name): \(difference)")
        }
        let values = try step.parameters.tensors()
        let original = Seeded.parameters(of: graph)
        #expect(try values["fc.weight"]?.float32Values() == original["fc.weight"]?.float32Values())
        #expect(Set(values.keys) == Set(original.keys))
    }
}
