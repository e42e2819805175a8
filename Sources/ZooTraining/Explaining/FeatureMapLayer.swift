import ZooCore
import ZooGraph
import ZooTensor

/// A node of a network whose result is an image of what the network found where.
struct FeatureMapLayer: Hashable {
    /// The node, as an index into the graph's.
    let node: Int
    /// The node's name.
    let name: String
    /// The channels of its result.
    let channels: Int
    /// The rows and columns of its result.
    let size: Extent
    /// The rows and columns of the image that the result's pixels are; a class token before them is no part of it.
    let grid: Extent

    /// Pixels of the result before those of the image: one, where there is a class token.
    var tokenCount: Int { size.height * size.width - grid.height * grid.width }

    /// Finds the layer of a name, or the usual one.
    ///
    /// A name is a layer's or a module's: `layer4` is the result of the last layer whose name begins with `layer4.`. The
    /// usual one is the last image before the network takes means of it: what Grad-CAM's paper calls the last convolutional
    /// layer, with the activation behind it; for a ViT the layer norm before the last attention, since behind it only the
    /// class token has an influence.
    ///
    /// - Parameter shapes: those of the graph's nodes for one image.
    /// - Throws: ``TrainingError`` (`unknownLayer`) if there is no layer of that name, or its result is no image, or the
    ///   network's result does not depend on it.
    init(_ name: String?, in graph: Graph, shapes: [Shape]) throws(TrainingError) {
        let tokens = graph.tokens
        guard let name else {
            guard let usual = Self.usual(graph, shapes, tokens) else {
                throw TrainingError(
                    .unknownLayer, "\(graph.name) has no layer with an image of more than one pixel as its result")
            }
            self = usual
            return
        }
        let prefix = "\(name)."
        let node =
            graph.nodes.lastIndex { $0.name == name }
            ?? graph.nodes.lastIndex { $0.name.hasPrefix(prefix) || $0.name.hasPrefix("\(name) →") }
        guard let node else {
            let advice = Suggestion.question(Suggestion.nearest(to: name, among: Self.names(graph)))
            throw TrainingError(
                .unknownLayer,
                "\(graph.name) has no layer '\(name)'\(advice.map { ". " + $0 } ?? ""); 'zoo info --graph' lists its layers"
            )
        }
        guard let layer = FeatureMapLayer(node, graph, shapes, tokens) else {
            throw TrainingError(
                .unknownLayer,
                "the result of \(graph.name)'s '\(graph.nodes[node].name)' is \(shapes[node]), no image of several pixels; "
                    + "take a layer before it")
        }
        guard node != graph.output, graph.needed.contains(node) else {
            throw TrainingError(.unknownLayer, "what \(graph.name) answers does not depend on the layer '\(name)'")
        }
        self = layer
    }

    /// The layer of a node, if its result is an image of more than one pixel.
    private init?(_ node: Int, _ graph: Graph, _ shapes: [Shape], _ tokens: TokenSequence?) {
        let shape = shapes[node]
        guard shape.rank == 4, shape[0] == 1, shape[2] * shape[3] > 1 else { return nil }
        self.node = node
        name = graph.nodes[node].name
        channels = shape[1]
        size = Extent(shape[2], shape[3])
        if let tokens, shape[2] == 1, shape[3] == tokens.length { grid = tokens.size } else { grid = size }
    }

    private static func usual(_ graph: Graph, _ shapes: [Shape], _ tokens: TokenSequence?) -> FeatureMapLayer? {
        if tokens != nil {
            // query, key and value, and the layer norm before them.
            for node in graph.nodes.reversed() {
                guard case .attention = node.operation, let inputs = graph.nodes[node.inputs[0]].inputs.first else {
                    continue
                }
                return FeatureMapLayer(inputs, graph, shapes, tokens)
            }
        }
        guard let head = graph.head, var node = graph.nodes.firstIndex(where: { $0.name == head.prefix }) else {
            return nil
        }
        while let input = graph.nodes[node].inputs.first {
            node = input
            switch graph.nodes[node].operation {
            case .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .dropout, .flatten, .input: continue
            default: if let layer = FeatureMapLayer(node, graph, shapes, tokens) { return layer }
            }
        }
        return nil
    }

    /// The names of layers and of the modules that hold them.
    private static func names(_ graph: Graph) -> [String] {
        var names = Set<String>()
        for node in graph.nodes where !node.name.contains("→") {
            let parts = node.name.split(separator: ".")
            for count in parts.indices { names.insert(parts[...count].joined(separator: ".")) }
        }
        return names.sorted()
    }
}

extension Graph {
    /// How a network makes a sequence of an image, if it does so.
    fileprivate var tokens: TokenSequence? {
        for node in nodes {
            if case .tokenSequence(let tokens) = node.operation { return tokens }
        }
        return nil
    }

    /// The nodes that the result depends on.
    fileprivate var needed: Set<Int> {
        var needed: Set<Int> = [output]
        for index in nodes.indices.reversed() where needed.contains(index) { needed.formUnion(nodes[index].inputs) }
        return needed
    }
}
