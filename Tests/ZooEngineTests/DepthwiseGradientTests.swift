import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// The gradients of depthwise kernels of 5×5, which are the engine's own loops where the processor has AVX-512.
@Suite("gradients of depthwise kernels") struct DepthwiseGradientTests {
    struct Case: CustomTestStringConvertible {
        var channels = 16, height = 9, width = 9, stride = 1, padding = 2, batch = 2, threads = 1
        var testDescription: String {
            "\(batch)×\(channels) \(height)×\(width) s\(stride) p\(padding) \(threads) threads"
        }
    }

    static let cases = [
        Case(), Case(channels: 40, height: 7, width: 12, threads: 2), Case(channels: 3, batch: 1),
        Case(channels: 8, height: 5, width: 5, padding: 0), Case(channels: 33, stride: 2, batch: 3, threads: 3),
        Case(channels: 64, height: 1, width: 2, threads: 4),
        Case(channels: 24, height: 10, width: 13, stride: 2, padding: 1),
        Case(channels: 16, height: 12, width: 6, stride: 3, padding: 4, batch: 1),
    ]

    private func gradients(_ layer: Case, _ options: EngineOptions) throws -> (found: [Double], expected: [Double]) {
        var net = GraphBuilder("one layer", inputChannels: layer.channels)
        var x = net.convolution(
            "c", net.input, channels: layer.channels, kernel: 5, stride: Extent(layer.stride, layer.stride),
            padding: Extent(layer.padding, layer.padding), groups: layer.channels)
        x = net.linear("fc", net.flatten(net.globalAveragePool(net.activation(.silu, x))), outputs: 4)
        let graph = try net.graph(output: x)
        let shape: Shape = [layer.batch, layer.channels, layer.height, layer.width]
        let images = Seeded.values("images", shape)
        let labels = [0, 3, 1].prefix(layer.batch)
        let step = try TrainingPlanTests.Step(
            graph, images, shape: shape, labels: Array(labels), scope: .everything(of: graph), options: options)
        let reference = try ReferenceEngine.differentiate(
            graph, parameters: Seeded.parameters(of: graph), input: images.map { Double($0) }, shape: shape,
            mode: ReferenceEngine.TrainingMode(batchNorms: [])
        ) { MeanCrossEntropy($0, labels: Array(labels)).gradient }
        return (try #require(step.gradients["c.weight"]), try #require(reference.parameters["c.weight"]))
    }

    @Test("are the reference's", arguments: cases) func reference(layer: Case) throws {
        let (found, expected) = try gradients(layer, EngineOptions(threads: layer.threads))
        let difference = Difference(found.map { Float($0) }, expected)
        #expect(difference.relative < 1e-5, "\(difference)")
    }

    @Test(
        "in bfloat16 too",
        .enabled(if: (try? Precision.bfloat16.support()) != .missing, "the processor has no AVX-512"),
        arguments: cases)
    func bfloat16(layer: Case) throws {
        let (found, expected) = try gradients(layer, EngineOptions(threads: layer.threads, precision: .bfloat16))
        let difference = Difference(found.map { Float($0) }, expected)
        #expect(difference.relative < 0.02, "\(difference)")
    }

    @Test("the number of threads changes no bit") func threads() throws {
        let layer = Case(channels: 72, height: 11, width: 8, batch: 3)
        let alone = try gradients(layer, EngineOptions(threads: 1)).found
        #expect(try gradients(layer, EngineOptions(threads: 3)).found == alone)
    }
}
