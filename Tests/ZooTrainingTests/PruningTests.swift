import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooEngine
import ZooGraph
import ZooRegistry
import ZooTensor

@testable import ZooTraining

@Suite("what is pruned") struct NetworkPruningTests {
    private static func network(_ graph: Graph, seed: UInt64 = 3) throws -> [String: Tensor] {
        NetworkInitialisation.parameters(of: graph, seed: seed)
    }

    private static func run(_ graph: Graph, _ tensors: [String: Tensor], side: Int) throws -> [Float] {
        let pixels = SeededNumbers.uniform("pixels", 2 * 3 * side * side).map { Float($0) }
        return try InferencePlan(graph: graph, parameters: tensors, batchSize: 2, height: side, width: side)
            .run(pixels.span, count: 2)
    }

    /// A channel that is zero everywhere can be removed without a trace: filters, norms and what reads them are cut alike.
    @Test(
        "a network without channels that were zero gives the same",
        arguments: [
            "resnet8_cifar", "mobilenet_v2", "densenet121", "squeezenet1_1", "resnext50_32x4d", "mobilenet_v3_small",
        ])
    func zeroChannelsLeaveNoTrace(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 4)
        let side = name.hasSuffix("cifar") ? 16 : 64
        let dependencies = try ChannelDependencies(graph, height: side, width: side)
        let lost = (0..<dependencies.groupCount).filter { !dependencies.isFixed[$0] && $0 % 5 == 0 }
        let keeps = (0..<dependencies.groupCount).map { !Set(lost).contains($0) || dependencies.isFixed[$0] }
        var tensors = try Self.network(graph)
        let isLost = Set(lost)
        for (index, node) in graph.nodes.enumerated() {
            // A channel of zeros must not come to life behind a hard swish or a sigmoid's factor.
            for name in ["weight", "bias"] {
                guard let tensor = tensors["\(node.name).\(name)"] else { continue }
                let rows = dependencies.groups[index].count
                var values = try tensor.float32Values()
                let width = values.count / rows
                for row in 0..<rows where isLost.contains(dependencies.groups[index][row]) {
                    for place in row * width..<(row + 1) * width { values[place] = 0 }
                }
                tensors["\(node.name).\(name)"] = Tensor(values, shape: tensor.shape)
            }
        }
        let narrowed = try graph.keepingChannels(dependencies, keeps: keeps)
        let fewer = try narrowed.tensors(of: tensors)
        #expect(narrowed.graph.parameterCount < graph.parameterCount)
        let (before, after) = (
            try Self.run(graph, tensors, side: side), try Self.run(narrowed.graph, fewer, side: side)
        )
        let scale = before.map(abs).max() ?? 0
        #expect(scale > 0)
        let worst = zip(before, after).map { abs($0 - $1) }.max() ?? 1
        #expect(worst <= 1e-4 * scale, "\(name): \(before) and \(after)")
    }

    @Test("a target is met, and widths are as asked", arguments: [1, 4, 8])
    func targets(alignment: Int) throws {
        let graph = try Architecture.graph(named: "resnet20_cifar", classes: 10)
        let tensors = try Self.network(graph)
        var pruner = ChannelPruner()
        pruner.alignment = alignment
        let whole = try graph.multiplyAdds(height: 32, width: 32)
        for share in [0.75, 0.5, 0.3] {
            let result = try pruner.prune(
                graph, parameters: tensors, to: .multiplyAdds(share), height: 32, width: 32, whole: whole)
            let left = Double(try result.graph.multiplyAdds(height: 32, width: 32)) / Double(whole)
            #expect(left <= share && left > share - 0.12, "\(share): \(left)")
            #expect(result.graph.widths.dropLast().allSatisfy { $0 % alignment == 0 })
            for spec in result.graph.parameterSpecs where !spec.isOptional {
                #expect(result.tensors[spec.name]?.shape == spec.shape)
            }
        }
    }

    @Test func theLeastFiltersGoFirst() throws {
        var net = GraphBuilder("tiny")
        let x = net.convolution("a", net.input, channels: 4, kernel: 1)
        let y = net.batchNorm("bn", x)
        let features = net.flatten(net.globalAveragePool(y))
        let output = net.linear("fc", features, outputs: 2)
        let graph = try net.graph(output: output, head: "fc")
        var tensors = try Self.network(graph)
        tensors["a.weight"] = Tensor([3, 0, 0, 0, 2, -2, 1, 0, 0, 1.5, 0, 1] as [Float], shape: [4, 3, 1, 1])
        tensors["bn.weight"] = Tensor([-1, 0.2, 0.1, 5] as [Float], shape: [4])
        let rows = { (importance: ChannelImportance) in
            var pruner = ChannelPruner()
            (pruner.importance, pruner.alignment) = (importance, 1)
            return try pruner.prune(
                graph, parameters: tensors, to: .channels(0.5), height: 4, width: 4, whole: 1
            ).tensors["a.weight"]?.float32Values()
        }
        #expect(try rows(.l1) == [3, 0, 0, 0, 2, -2])
        #expect(try rows(.l2) == [3, 0, 0, 0, 2, -2])
        #expect(try rows(.batchNorm) == [3, 0, 0, 1.5, 0, 1])
    }

    @Test func aTargetBelowOneChannelEachNamesLayers() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        let tensors = try Self.network(graph)
        var pruner = ChannelPruner()
        pruner.alignment = 1
        let whole = try graph.multiplyAdds(height: 32, width: 32)
        let all = try pruner.prune(
            graph, parameters: tensors, to: .channels(1), height: 32, width: 32, whole: whole)
        #expect(all.graph.widths.dropLast().allSatisfy { $0 >= 1 }, "no layer is emptied")
        let error = #expect(throws: TrainingError.self) {
            try pruner.prune(
                graph, parameters: tensors, to: .multiplyAdds(0.0001), height: 32, width: 32, whole: whole)
        }
        #expect(error?.message.contains("'conv1'") ?? false)
    }

    @Test func weightsOfAllLayersAreComparedWithEachOther() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        let tensors = try Self.network(graph)
        let result = try WeightPruner().prune(graph, parameters: tensors, sparsity: 0.6)
        var (kept, zeroed, count) = ([Float](), [Float](), 0)
        for (name, mask) in result.masks {
            let values = try #require(try tensors[name]?.float32Values())
            #expect(try result.tensors[name]?.float32Values() == zip(values, mask).map { $0 * $1 })
            for (value, factor) in zip(values, mask) {
                count += 1
                if factor == 0 { zeroed.append(abs(value)) } else { kept.append(abs(value)) }
            }
        }
        #expect(zeroed.count == Int((Double(count) * 0.6).rounded()))
        #expect(try #require(zeroed.max()) <= #require(kept.min()))
        #expect(result.masks.keys.allSatisfy { $0.hasSuffix("weight") && !$0.contains("bn") })
        let error = #expect(throws: TrainingError.self) {
            try WeightPruner().prune(graph, parameters: tensors, sparsity: 0.9999)
        }
        #expect(error?.message.contains("nothing of the layer '") ?? false)
    }

    @Test func stepsLeaveTheSameShareEach() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        let head = try #require(graph.head)
        let whole = PretrainedNetwork(
            graph: graph, head: head, parameters: try Self.network(graph), preprocessing: .imageNet, classes: nil,
            path: "t.pth", report: StateDict([]).bind(to: []).report, prefix: "", hasHead: true)
        var pruning = Pruning(.weights(sparsity: 0.75))
        pruning.stepCount = 2
        let shares = try [1, 2].map { step in
            let masks = try pruning.prune(whole, whole: whole, step: step, height: 32, width: 32).masks.values
            return Double(masks.reduce(0) { $0 + $1.count { $0 == 0 } }) / Double(masks.reduce(0) { $0 + $1.count })
        }
        #expect(abs(shares[0] - 0.5) < 1e-3 && abs(shares[1] - 0.75) < 1e-3)
    }
}
