import TestSupport
import Testing
import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

@testable import ZooTraining

@Suite("layers that lost inputs are fitted to what they gave") struct ReconstructionTests {
    private static func numbers(_ name: String, _ count: Int) -> [Float] {
        SeededNumbers.uniform(name, count).map { Float($0 - 0.5) }
    }

    private static func images(_ count: Int, side: Int) -> CalibrationImages {
        CalibrationImages(
            [.init(pixels: numbers("pixels", count * 3 * side * side), count: count)], batchSize: count,
            size: ImageSize(height: side, width: side))
    }

    @Test("systems of equations are solved, row by row") func conjugateGradients() {
        let (rows, width) = (3, 24)
        let factor = ExactMatrix(
            rowCount: width, columnCount: width, values: Self.numbers("A", width * width).map(Double.init))
        var matrix = ExactMatrix.product(factor, .transposed, factor, .asIs)
        for index in 0..<width { matrix.values[index * width + index] += 0.1 * Double(index + 1) }
        let wanted = ExactMatrix(
            rowCount: rows, columnCount: width, values: Self.numbers("X", rows * width).map(Double.init))
        let found = ConjugateGradients(tolerance: 1e-12).solve(
            matrix, ExactMatrix.product(wanted, .asIs, matrix, .asIs), from: ExactMatrix(zeros: rows, width))
        #expect(zip(found.values, wanted.values).allSatisfy { abs($0 - $1) < 1e-9 })
        // Where nothing is to be done nothing is divided by zero.
        let still = ConjugateGradients().solve(
            matrix, ExactMatrix(zeros: rows, width), from: ExactMatrix(zeros: rows, width))
        #expect(still.values.allSatisfy { $0 == 0 })
    }

    @Test("patches have the order of the weights, and zeros outside the image") func patches() {
        let map = Self.numbers("map", 2 * 9)
        let whole = Convolution(inputChannels: 2, outputChannels: 1, kernel: 3)
        var moments = PatchMoments(of: whole, mapSize: 3, imageCount: 1)
        moments.add(map, count: 1)
        let sum = moments.sum()
        #expect(sum.columnCount == 18)
        for row in 0..<18 {
            for column in 0..<18 {
                // There is one place, and it is looked at once.
                let expected = Double(map[row]) * Double(map[column])
                #expect(abs(sum.values[row * 18 + column] - expected) < 1e-6)
            }
        }
        let padded = Convolution(inputChannels: 1, outputChannels: 1, kernel: 3, padding: 1)
        var centre = PatchMoments(of: padded, mapSize: 1, imageCount: 1)
        centre.add([2], count: 1)
        let middle = centre.sum()
        #expect(middle.values.enumerated().allSatisfy { $1 == ($0 == 4 * 9 + 4 ? 4 : 0) })
    }

    /// Two convolutions and an output layer; the last channels of the first are its first ones again, times a half.
    private static func twins() throws -> (graph: Graph, tensors: [String: Tensor]) {
        var net = GraphBuilder("twins")
        let x = net.relu(net.convolution("a", net.input, channels: 6, kernel: 3, padding: 1))
        let y = net.relu(net.batchNorm("bn", net.convolution("b", x, channels: 4, kernel: 3, padding: 1)))
        let output = net.linear("fc", net.flatten(net.globalAveragePool(y)), outputs: 3)
        let graph = try net.graph(output: output, head: "fc")
        var tensors = NetworkInitialisation.parameters(of: graph, seed: 5)
        let half = Self.numbers("a", 3 * 27)
        tensors["a.weight"] = Tensor(half + half.map { $0 / 2 }, shape: [6, 3, 3, 3])
        tensors["b.weight"] = Tensor(Self.numbers("b", 4 * 54), shape: [4, 6, 3, 3])
        return (graph, tensors)
    }

    private static func results(_ graph: Graph, _ tensors: [String: Tensor]) throws -> [Float] {
        let pixels = numbers("others", 4 * 3 * 64)
        return try InferencePlan(graph: graph, parameters: tensors, batchSize: 4, height: 8, width: 8)
            .run(pixels.span, count: 4)
    }

    @Test("what a lost channel told is told by those that are left") func twinsAreNotMissed() throws {
        let (graph, tensors) = try Self.twins()
        let dependencies = try ChannelDependencies(graph, height: 8, width: 8)
        let lost = Set(dependencies.groups[1][3...])
        let narrowed = try graph.keepingChannels(
            dependencies, keeps: (0..<dependencies.groupCount).map { !lost.contains($0) })
        let left = try narrowed.tensors(of: tensors)
        let fitted = try LayerReconstruction(graph: graph, parameters: tensors, images: Self.images(32, side: 8))
            .fit(narrowed, tensors: left)
        let wanted = try Self.results(graph, tensors)
        func worst(_ tensors: [String: Tensor]) throws -> Float {
            try zip(wanted, Self.results(narrowed.graph, tensors)).map { abs($0 - $1) }.max() ?? 0
        }
        let (before, after) = (try worst(left), try worst(fitted))
        #expect(before > 0.01 && after < before / 50, "\(before) before, \(after) after")
        #expect(fitted["b.weight"]?.shape == [4, 3, 3, 3])
        #expect(try fitted["a.weight"]?.float32Values() == left["a.weight"]?.float32Values(), "it lost no inputs")
    }

    @Test("batch norms get the statistics of what they see now") func statistics() throws {
        let (graph, tensors) = try Self.twins()
        let images = Self.images(16, side: 8)
        let renewed = try BatchNormRenewal(images: images).renew(tensors, of: graph)
        let node = try #require(graph.nodes.firstIndex { $0.name == "b" })
        let plan = try InferencePlan(
            graph: try graph.ending(at: node), parameters: tensors, batchSize: 16, height: 8, width: 8)
        let pixels = images.batches[0].pixels
        let maps = try plan.run(pixels.span, count: 16)
        let (means, variances) = (
            try #require(try renewed["bn.running_mean"]?.float32Values()),
            try #require(try renewed["bn.running_var"]?.float32Values())
        )
        for channel in 0..<4 {
            var values: [Double] = []
            for image in 0..<16 {
                let start = (image * 4 + channel) * 64
                for place in start..<start + 64 { values.append(Double(maps[place])) }
            }
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let squares = values.map { ($0 - mean) * ($0 - mean) }
            let variance = squares.reduce(0, +) / (count - 1)
            #expect(abs(Double(means[channel]) - mean) < 1e-4)
            #expect(abs(Double(variances[channel]) / variance - 1) < 1e-4)
        }
        for (name, tensor) in tensors where !name.contains("running") && tensor.dtype == .float32 {
            #expect(try renewed[name]?.float32Values() == tensor.float32Values(), "\(name)")
        }
    }
}
