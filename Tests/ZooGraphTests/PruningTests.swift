import TestSupport
import Testing
import ZooTensor

@testable import ZooGraph

@Suite("channels that belong together") struct PruningTests {
    /// Groups by the letters of the channels, for small graphs: every node's channels as text.
    private func letters(_ graph: Graph, side: Int = 8) throws -> [String: String] {
        let found = try ChannelDependencies(graph, height: side, width: side)
        var names: [Int: Character] = [:]
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz")
        var texts: [String: String] = [:]
        for (node, groups) in zip(graph.nodes, found.groups) {
            texts[node.name] = String(
                groups.map { group in
                    if found.isFixed[group] { return "." }
                    names[group] = names[group] ?? alphabet[names.count]
                    return names[group] ?? "?"
                })
        }
        return texts
    }

    @Test func sumsTieTheirTerms() throws {
        var net = GraphBuilder("sum")
        let x = net.convolution("a", net.input, channels: 2, kernel: 1)
        let y = net.batchNorm("bn", net.convolution("b", x, channels: 2, kernel: 1))
        let z = net.convolution("c", net.relu(net.add(x, y)), channels: 3, kernel: 1)
        let features = net.flatten(net.globalAveragePool(z))
        let output = net.linear("fc", features, outputs: 2)
        let graph = try net.graph(output: output, head: "fc")
        let found = try letters(graph)
        #expect(found["input"] == "..." && found["fc"] == "..")
        #expect(found["a"] == "ab" && found["b"] == "ab" && found["bn"] == "ab")
        #expect(found["c"] == "cde" && found["flatten"] == "cde")
    }

    @Test func convolutionsInGroupsKeepTheirGroupsWhole() throws {
        var net = GraphBuilder("groups")
        let x = net.convolution("a", net.input, channels: 4, kernel: 1)
        let y = net.convolution("depthwise", x, channels: 4, kernel: 3, padding: 1, groups: 4)
        let z = net.convolution(
            "grouped", net.convolution("b", y, channels: 4, kernel: 1), channels: 6, kernel: 1, groups: 2)
        let output = net.convolution("out", z, channels: 1, kernel: 1)
        let graph = try net.graph(output: output)
        let found = try letters(graph)
        #expect(found["a"] == "abcd" && found["depthwise"] == "abcd")
        #expect(found["b"] == "eeff" && found["grouped"] == "eeefff")
    }

    @Test func concatenationsAndFlattenedImagesKeepTheOrder() throws {
        var net = GraphBuilder("parts")
        let x = net.convolution("a", net.input, channels: 2, kernel: 1)
        let y = net.convolution("b", net.input, channels: 1, kernel: 1)
        let joined = net.adaptiveAveragePool(net.concat("cat", [x, y]), Extent(1, 2))
        let output = net.linear("fc", net.flatten(joined, features: 6), outputs: 2)
        let graph = try net.graph(output: output, head: "fc")
        let found = try letters(graph)
        #expect(found["cat"] == "abc" && found["flatten"] == "aabbcc")
        let dependencies = try ChannelDependencies(graph, height: 8, width: 8)
        let lost = dependencies.groups[1][1]
        let narrowed = try graph.keepingChannels(
            dependencies, keeps: (0..<dependencies.groupCount).map { $0 != lost })
        #expect(narrowed.selections["fc.weight"]?.columns == [0, 1, 4, 5])
        #expect(narrowed.selections["a.weight"]?.rows == [0])
    }

    @Test func paddedShortcutsLoseZerosInPairs() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        let found = try ChannelDependencies(graph, height: 32, width: 32)
        let named = { (name: String) in found.groups[graph.nodes.firstIndex { $0.name == name } ?? 0] }
        let (first, second) = (named("layer1.0.conv2"), named("layer2.0.conv2"))
        #expect(first == named("conv1") && Array(second[8..<24]) == first)
        for index in 0..<8 { #expect(second[index] == second[31 - index]) }
        #expect(Set(second).count == 24 && Set(named("layer2.0.conv1")).isDisjoint(with: second))
    }

    @Test(
        "every network can lose channels and is known again by its shapes",
        arguments: Architecture.names.thinned(to: 12))
    func shapesSayEnough(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 4)
        let side = try #require(graph.minimumInputSize)
        let found = try ChannelDependencies(graph, height: side, width: side)
        // Every third group, but no layer whole.
        let keeps = (0..<found.groupCount).map { found.isFixed[$0] || $0 % 3 != 0 }
        let narrowed = try graph.keepingChannels(found, keeps: keeps)
        #expect(try narrowed.graph.shapes(batch: 2, height: side, width: side).last?.sizes.prefix(2) == [2, 4])
        if name.hasPrefix("vit") || name.hasPrefix("swin") || name == "maxvit_t" { return }
        #expect(narrowed.graph.parameterCount < graph.parameterCount, "\(name) has channels that can go")
        var shapes: [String: Shape] = [:]
        for spec in narrowed.graph.parameterSpecs where !spec.isOptional { shapes[spec.name] = spec.shape }
        let again = try Architecture.graph(named: name, fitting: shapes)
        #expect(
            again.parameterSpecs.filter { !$0.isOptional } == narrowed.graph.parameterSpecs.filter { !$0.isOptional })
        #expect(
            try again.multiplyAdds(height: side, width: side) == narrowed.graph.multiplyAdds(height: side, width: side))
        // The body alone, as heads beside a network and ensembles keep it.
        let head = try #require(graph.head).prefix
        let body = shapes.filter { !$0.key.hasPrefix("\(head).") }
        let headless = try Architecture.graph(named: name, fitting: body)
        #expect(headless.head?.outputs == 1 && headless.head?.inputFeatures == again.head?.inputFeatures)
        #expect(
            try headless.featureMapExtractor().parameterSpecs == again.featureMapExtractor().parameterSpecs)
    }

    @Test func shapesOfNoNetworkStayAStranger() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        var shapes: [String: Shape] = [:]
        for spec in graph.parameterSpecs { shapes[spec.name] = spec.shape }
        #expect(try Architecture.graph(named: "resnet8_cifar", fitting: shapes) == graph)
        for (tensor, shape) in [
            ("layer2.0.conv1.weight", [31, 16, 3, 3]), ("layer2.0.conv2.weight", [31, 32, 3, 3]),
            ("conv1.weight", [16, 3, 5, 5]), ("layer1.0.bn1.weight", [15]), ("linear.weight", [10, 63]),
            ("conv1.weight", [0, 3, 3, 3]),
        ] as [(String, Shape)] {
            var other = shapes
            other[tensor] = shape
            #expect(try Architecture.graph(named: "resnet8_cifar", fitting: other) == graph, "\(tensor) \(shape)")
        }
    }

    @Test func aLayerWithoutChannelsIsNamed() throws {
        let graph = try Architecture.graph(named: "resnet8_cifar", classes: 10)
        let found = try ChannelDependencies(graph, height: 32, width: 32)
        let inner = Set(found.groups[graph.nodes.firstIndex { $0.name == "layer2.0.conv1" } ?? 0])
        let error = #expect(throws: GraphError.self) {
            try graph.keepingChannels(found, keeps: (0..<found.groupCount).map { !inner.contains($0) })
        }
        #expect(error?.description.contains("layer2.0.conv1") ?? false)
    }
}
