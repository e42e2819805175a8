import ZooGraph
import ZooRegistry
import ZooTensor

extension InfoCommand {
    /// One layer of a network, as `--graph` prints it.
    struct Layer: Encodable {
        let name, operation: String
        /// The shape of the result for one image, without the axis of the batch.
        let output: [Int]
        let parameters, multiplyAdds: Int
    }

    /// A network, as `--graph --json` prints it.
    struct Network: Encodable {
        let architecture: String
        let imageSize, parameters, multiplyAdds: Int
        let head: String?
        let layers: [Layer]
    }

    /// Prints the network of `entry` for images of the size that its weights were made for.
    func showGraph(_ entry: ModelEntry, classes: Int?) throws {
        let graph = try Architecture.graph(named: entry.architecture, classes: classes ?? 1000)
        let size = entry.preprocessing.crop ?? (graph.name.hasSuffix("_cifar") ? 32 : 224)
        let network = try Self.network(graph, size: size)
        if output.json { return try output.console.json(network) }
        var table = Table([
            .init("LAYER", .left, .shortened), .init("OPERATION", .left, .leftOut(1)), .init("OUTPUT"),
            .init("PARAMETERS", .right, .leftOut(2)), .init("MULTIPLY-ADDS", .right, .leftOut(3)),
        ])
        for layer in network.layers {
            let shape = layer.output.map(String.init).joined(separator: "×")
            table.add([
                layer.name, layer.operation, shape, layer.parameters > 0 ? Formatting.grouped(layer.parameters) : "",
                layer.multiplyAdds > 0 ? Formatting.grouped(layer.multiplyAdds) : "",
            ])
        }
        table.add([
            "all", "", "", Formatting.grouped(network.parameters), Formatting.grouped(network.multiplyAdds),
        ])
        output.console.result(table)
    }

    private static func network(_ graph: Graph, size: Int) throws -> Network {
        let shapes = try graph.shapes(batch: 1, height: size, width: size)
        let layers = zip(graph.nodes, shapes).map { node, shape in
            Layer(
                name: node.name, operation: node.operation.name, output: Array(shape.sizes.dropFirst()),
                parameters: node.operation.parameterCount, multiplyAdds: node.operation.multiplyAdds(output: shape))
        }
        return Network(
            architecture: graph.name, imageSize: size, parameters: graph.parameterCount,
            multiplyAdds: try graph.multiplyAdds(height: size, width: size), head: graph.head?.prefix, layers: layers)
    }
}
