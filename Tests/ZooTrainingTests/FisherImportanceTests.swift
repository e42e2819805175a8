import Glibc
import TestSupport
import Testing
import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

@testable import ZooTraining

@Suite("how much answers depend on a channel, for what it costs") struct FisherImportanceTests {
    private static let imageCount = 1024
    private static let side = 4

    private static func numbers(_ name: String, _ count: Int) -> [Float] {
        SeededNumbers.uniform(name, count).map { Float(2 * $0 - 1) }
    }

    /// Batches of four images: the mean over batches is that over images, times four.
    private static func images() -> CalibrationImages {
        let pixels = numbers("pixels", imageCount * 3 * side * side)
        let size = 4 * 3 * side * side
        return CalibrationImages(
            (0..<imageCount / 4).map { .init(pixels: Array(pixels[$0 * size..<($0 + 1) * size]), count: 4) },
            batchSize: 4, size: ImageSize(height: side, width: side))
    }

    /// A convolution with a batch norm, one with a bias in the residual stream of the first, and an output layer.
    private static func network() throws -> (graph: Graph, tensors: [String: Tensor]) {
        var net = GraphBuilder("tiny")
        let x = net.batchNorm("bn", net.convolution("a", net.input, channels: 4, kernel: 3, padding: 1))
        let inner = net.relu(net.convolution("b", net.relu(x), channels: 6, kernel: 1, bias: true))
        let y = net.add(x, net.convolution("c", inner, channels: 4, kernel: 1, bias: true))
        let output = net.linear("fc", net.flatten(net.globalAveragePool(net.relu(y))), outputs: 3)
        let graph = try net.graph(output: output, head: "fc")
        var tensors = NetworkInitialisation.parameters(of: graph, seed: 5)
        for spec in graph.parameterSpecs where !spec.name.contains("running") && !spec.name.contains("num_batches") {
            tensors[spec.name] = Tensor(numbers(spec.name, spec.shape.elementCount), shape: spec.shape)
        }
        return (graph, tensors)
    }

    /// The information about a factor of the parameters in `names`' rows, from finite differences of log p.
    private static func information(
        _ graph: Graph, _ tensors: [String: Tensor], _ rows: [(name: String, row: Int)]
    ) throws -> Double {
        let pixels = numbers("pixels", imageCount * 3 * side * side)
        func logarithms(_ factor: Double) throws -> [Double] {
            var changed = tensors
            for (name, row) in rows {
                guard let tensor = changed[name] else { continue }
                var values = try tensor.float32Values()
                let width = values.count / tensor.shape[0]
                for place in row * width..<(row + 1) * width { values[place] *= Float(factor) }
                changed[name] = Tensor(values, shape: tensor.shape)
            }
            let logits = try InferencePlan(
                graph: graph, parameters: changed, batchSize: imageCount, height: side, width: side
            ).run(pixels.span, count: imageCount)
            return (0..<imageCount).flatMap { image in
                let row = (0..<3).map { Double(logits[image * 3 + $0]) }
                let sum = row.reduce(0) { $0 + exp($1) }
                return row.map { $0 - log(sum) }
            }
        }
        let step = 0.01
        let (centre, upper, lower) = (try logarithms(1), try logarithms(1 + step), try logarithms(1 - step))
        return centre.indices.reduce(0) { sum, index in
            let slope = (upper[index] - lower[index]) / (2 * step)
            return sum + exp(centre[index]) * slope * slope
        } / Double(imageCount)
    }

    @Test("the information is that of finite differences, divided by multiply-adds") func information() throws {
        let (graph, tensors) = try Self.network()
        let dependencies = try ChannelDependencies(graph, height: Self.side, width: Self.side)
        let scores = try FisherImportance(images: Self.images())
            .scores(of: graph, dependencies, parameters: tensors)
        func group(_ name: String, _ channel: Int) throws -> Int {
            let index = try #require(graph.nodes.firstIndex { $0.name == name })
            return dependencies.groups[index][channel]
        }
        // 16 places; each channel of the stream has a filter of `a`, one of `c`, a column of `b` and one of `fc`.
        for channel in 0..<4 {
            let rows = ["bn.weight", "bn.bias", "c.weight", "c.bias"].map { ($0, channel) }
            let exact = try Self.information(graph, tensors, rows) * 4
            let found = try scores[group("a", channel)] * Double(16 * (27 + 6 + 6) + 3)
            #expect(abs(found - exact) < 0.25 * exact + 1e-12, "stream \(channel): \(found), exactly \(exact)")
        }
        for channel in 0..<6 {
            let exact = try Self.information(graph, tensors, [("b.weight", channel), ("b.bias", channel)]) * 4
            let found = try scores[group("b", channel)] * Double(16 * (4 + 4))
            #expect(abs(found - exact) < 0.25 * exact + 1e-12, "inside \(channel): \(found), exactly \(exact)")
        }
        for channel in 0..<3 { #expect(try scores[group("fc", channel)] == .infinity, "classes stay") }
    }

    /// Of nine images that should come five at a time one cannot be read, or the last batch is short.
    @Test(arguments: [[4, 4], [4, 5], [5, 4], [3]]) func batchesMayLackImages(counts: [Int]) throws {
        let (graph, tensors) = try Self.network()
        let dependencies = try ChannelDependencies(graph, height: Self.side, width: Self.side)
        let images = CalibrationImages(
            counts.map { .init(pixels: Self.numbers("some", $0 * 3 * Self.side * Self.side), count: $0) }, batchSize: 5,
            size: ImageSize(height: Self.side, width: Self.side))
        let scores = try FisherImportance(images: images).scores(of: graph, dependencies, parameters: tensors)
        #expect(scores.contains { $0.isFinite && $0 > 0 })
        let none = CalibrationImages([], batchSize: 1, size: images.size)
        #expect(throws: TrainingError.self) {
            try FisherImportance(images: none).scores(of: graph, dependencies, parameters: tensors)
        }
    }

    @Test func whatNothingDependsOnGoesFirst() throws {
        var (graph, tensors) = try Self.network()
        // A large filter whose results nobody looks at; another channel is dead for these images.
        var columns = try #require(tensors["c.weight"]).float32Values()
        for row in 0..<4 { columns[row * 6 + 2] = 0 }
        tensors["c.weight"] = Tensor(columns, shape: [4, 6, 1, 1])
        var rows = try #require(tensors["b.weight"]).float32Values()
        for column in 0..<4 { rows[2 * 4 + column] = 9 }
        tensors["b.weight"] = Tensor(rows, shape: [6, 4, 1, 1])
        var pruner = ChannelPruner()
        pruner.alignment = 1
        let kept = { (importance: ChannelImportance) in
            pruner.importance = importance
            let result = try pruner.prune(
                graph, parameters: tensors, to: .channels(0.2), height: Self.side, width: Self.side, whole: 1,
                images: Self.images())
            return try #require(result.tensors["b.weight"]).float32Values().contains(9)
        }
        #expect(try !kept(.fisher) && kept(.l1))
        pruner.importance = .fisher
        #expect(throws: TrainingError.self) {
            try pruner.prune(
                graph, parameters: tensors, to: .channels(0.1), height: Self.side, width: Self.side, whole: 1)
        }
        graph = try Architecture.graph(named: "resnet8_cifar", classes: 4)
        pruner.alignment = 4
        let pruned = try pruner.prune(
            graph, parameters: NetworkInitialisation.parameters(of: graph, seed: 1), to: .multiplyAdds(0.5),
            height: Self.side, width: Self.side, whole: graph.multiplyAdds(height: Self.side, width: Self.side),
            images: Self.images())
        #expect(pruned.graph.widths.dropLast().allSatisfy { $0 % 4 == 0 })
    }
}
