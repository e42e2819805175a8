import TestSupport
import Testing
import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

/// Whether this processor runs 3×3 convolutions in bfloat16 on the engine's own loops.
private let isUsed: Bool = {
    let library = try? EngineThread.shared.perform { () throws(EngineError) in try Library.shared() }
    return library?.bfloat16 == .native && library?.hasTiles == false
}()

/// 3×3 convolutions in bfloat16 by Winograd's algorithm, on whole numbers: then everything but the rounding of the result
/// is exact.
@Suite("convolutions in bfloat16", .enabled(if: isUsed, "the processor has no AVX-512 BF16, or has AMX"))
struct WinogradConvolutionTests {
    struct Case: CustomTestStringConvertible {
        var channels = 16, outputs = 32, height = 16, width = 16, padding = 1, batch = 2
        var relu = false, adds = false, bias = false, threads = 1
        var testDescription: String {
            "\(batch)×\(channels)→\(outputs) \(height)×\(width) p\(padding)\(relu ? " relu" : "")\(adds ? " sum" : "")"
                + "\(bias ? " bias" : "") \(threads) threads"
        }

        func graph() throws -> Graph {
            var net = GraphBuilder("one layer", inputChannels: channels)
            var x = net.convolution(
                "c", net.input, channels: outputs, kernel: 3, padding: Extent(padding, padding), bias: bias)
            if adds { x = net.add(x, net.convolution("s", net.input, channels: outputs, kernel: 1)) }
            if relu { x = net.relu(x) }
            return try net.graph(output: x)
        }
    }

    static let cases = [
        Case(), Case(relu: true), Case(bias: true), Case(adds: true), Case(relu: true, adds: true, bias: true),
        // Odd sizes: half of a last tile is outside the image.
        Case(height: 15, width: 17, relu: true), Case(height: 13, width: 14, threads: 2),
        Case(height: 17, width: 18, padding: 0), Case(channels: 48, outputs: 96, height: 9, width: 30, bias: true),
        Case(channels: 64, outputs: 32, height: 7, width: 7, batch: 5, threads: 2),
        Case(channels: 32, outputs: 64, height: 31, width: 5, batch: 3, relu: true, threads: 3),
        Case(height: 112, width: 2, batch: 1), Case(height: 2, width: 224, batch: 1, threads: 2),
    ]

    /// Small whole numbers; `step` is what all of them are a multiple of.
    private func numbers(_ name: String, _ count: Int, step: Int) -> [Float] {
        Seeded.uniform(name, count).map { Float((Int($0 * 5) - 2) * step) }
    }

    private func parameters(of graph: Graph) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: graph.parameterSpecs.map { spec in
                // A quarter of a sum of weights must be whole.
                (spec.name, Tensor(numbers(spec.name, spec.shape.elementCount, step: 4), shape: spec.shape))
            })
    }

    private func run(_ layer: Case, _ graph: Graph, exact: Bool) throws -> [Float] {
        let images = numbers("images", layer.batch * layer.channels * layer.height * layer.width, step: 1)
        let plan = try InferencePlan(
            graph: graph, parameters: parameters(of: graph), batchSize: layer.batch, height: layer.height,
            width: layer.width, options: EngineOptions(threads: layer.threads, exact: exact, precision: .bfloat16))
        // The second run finds the memory full of the first one's results.
        _ = try plan.run(images, count: layer.batch)
        return try plan.run(images, count: layer.batch)
    }

    @Test("are those of whole numbers, rounded once", arguments: cases.thinned(to: 4))
    func wholeNumbers(layer: Case) throws {
        let graph = try layer.graph()
        let images = numbers("images", layer.batch * layer.channels * layer.height * layer.width, step: 1)
        let expected = try ReferenceEngine.run(
            graph, parameters: parameters(of: graph), input: images.map { Double($0) },
            shape: [layer.batch, layer.channels, layer.height, layer.width])
        let found = try run(layer, graph, exact: false)
        try #require(found.count == expected.count)
        // The other operand of a sum is rounded before.
        let other = layer.adds ? 256.0 : 0
        let wrong = found.indices.first { abs(Double(found[$0]) - expected[$0]) > (abs(expected[$0]) + other) / 256 }
        #expect(wrong == nil, "element \(wrong ?? 0) is \(found[wrong ?? 0]) instead of \(expected[wrong ?? 0])")
    }

    @Test("use Winograd's algorithm, unless they are to be exact")
    func algorithm() throws {
        let layer = Case(channels: 64, outputs: 64)
        let graph = try layer.graph()
        let images = Seeded.values("images", [2, 64, 16, 16])
        func run(_ options: EngineOptions) throws -> [Float] {
            try InferencePlan(
                graph: graph, parameters: Seeded.parameters(of: graph), batchSize: 2, height: 16, width: 16,
                options: options
            ).run(images, count: 2)
        }
        let (winograd, direct) = try (
            run(EngineOptions(precision: .bfloat16)), run(EngineOptions(exact: true, precision: .bfloat16))
        )
        #expect(winograd != direct)
        let expected = try run(EngineOptions(exact: true)).map { Double($0) }
        let (first, second) = (Difference(winograd, expected), Difference(direct, expected))
        #expect(first.relative < 0.01 && first.relative < 3 * second.relative, "\(first), directly \(second)")
    }

    @Test("the number of threads changes no bit", arguments: [3, 2, 7].thinned(to: 1))
    func threads(count: Int) throws {
        var layer = Case(channels: 32, outputs: 64, height: 19, width: 23, batch: 3)
        let graph = try layer.graph()
        let alone = try run(layer, graph, exact: false)
        layer.threads = count
        #expect(try run(layer, graph, exact: false) == alone)
    }

    @Test("what is NaN stays NaN") func notANumber() throws {
        let layer = Case(relu: true)
        let graph = try layer.graph()
        let plan = try InferencePlan(
            graph: graph, parameters: parameters(of: graph), batchSize: 1, height: 16, width: 16,
            options: EngineOptions(threads: 1, precision: .bfloat16))
        var images = [Float](repeating: 1, count: 16 * 16 * 16)
        images[0] = .nan
        let found = try plan.run(images, count: 1)
        #expect(found[0].isNaN && found[17].isNaN && !found[4].isNaN)
    }

    @Test(
        "gradients go back through them",
        arguments: [
            Case(channels: 32, outputs: 32), Case(channels: 32, outputs: 64, height: 15, width: 18, relu: true),
            Case(channels: 64, outputs: 32, height: 18, width: 17, padding: 0, bias: true),
        ].thinned(to: 1))
    func gradients(layer: Case) throws {
        var net = GraphBuilder("two layers", inputChannels: layer.channels)
        var x = net.convolution("first", net.input, channels: layer.channels, kernel: 1)
        x = net.convolution(
            "c", x, channels: layer.outputs, kernel: 3, padding: Extent(layer.padding, layer.padding),
            bias: layer.bias)
        if layer.relu { x = net.relu(x) }
        x = net.linear("fc", net.flatten(net.globalAveragePool(x)), outputs: 4)
        let graph = try net.graph(output: x)
        let shape: Shape = [layer.batch, layer.channels, layer.height, layer.width]
        func step(_ options: EngineOptions) throws -> TrainingPlanTests.Step {
            try TrainingPlanTests.Step(
                graph, Seeded.values("images", shape), shape: shape, labels: [1, 3],
                scope: .everything(of: graph), options: options)
        }
        let exact = try step(EngineOptions(exact: true)).gradients
        let winograd = try step(EngineOptions(precision: .bfloat16)).gradients
        let direct = try step(EngineOptions(exact: true, precision: .bfloat16)).gradients
        func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
        for (name, expected) in exact {
            let found = try [winograd, direct].map { gradients in
                norm(zip(try #require(gradients[name]), expected).map { $0 - $1 }) / norm(expected)
            }
            // Where a ReLU's input is nearly zero rounding decides; so it does for direct convolutions.
            #expect(found[0] < max(0.01, 2 * found[1]), "\(name): \(found[0]) of the norm, directly \(found[1])")
        }
        // And the weights are read anew after a change.
        let changed = try TrainableParameters(
            graph: graph, parameters: Seeded.parameters(of: graph), scope: .everything(of: graph))
        let plan = try TrainingPlan(
            changed, batchSize: layer.batch, height: layer.height, width: layer.width,
            options: EngineOptions(precision: .bfloat16))
        let images = Seeded.values("images", shape)
        let before = try plan.forward(images.span)
        changed.update { name, values, _ in
            if name == "c.weight" { for index in values.indices { values[index] *= -2 } }
        }
        #expect(try plan.forward(images.span) != before)
    }
}
