public import ZooGraph

/// A network's layers in blocks, from the images to the head: what layer-wise learning rates and tables go by.
///
/// A block is named by the beginning of its layers' names, up to the first part with a digit that is not the layer itself,
/// and whole numbers directly behind: `layer1.0` of a ResNet, `features.denseblock1` of a DenseNet, `features.3` of a
/// MobileNet, `encoder.layers.encoder_layer_0` of a ViT. Layers in front of the first block, and those without such a part,
/// belong to the block before them; the first one is the `stem`. The head is a block of its own, the last.
public struct LayerBlocks: Sendable, Hashable {
    /// Some layers that belong together.
    public struct Block: Sendable, Hashable {
        /// The beginning of the layers' names; `stem` for the first layers.
        public let name: String
        /// The layers' names, in PyTorch's order.
        public fileprivate(set) var layers: [String]
    }

    /// The blocks, the head last.
    public let blocks: [Block]

    /// The blocks of a network.
    ///
    /// - Complexity: O(nodes).
    public init(_ graph: Graph) {
        var blocks = [Block(name: "stem", layers: [])]
        for index in graph.listing {
            let node = graph.nodes[index]
            guard !node.operation.parameters.isEmpty, node.name != graph.head?.prefix else { continue }
            if let name = Self.blockName(of: node.name), blocks.last?.name != name {
                if let known = blocks.firstIndex(where: { $0.name == name }) {
                    blocks[known].layers.append(node.name)
                    continue
                }
                blocks.append(Block(name: name, layers: []))
            }
            blocks[blocks.count - 1].layers.append(node.name)
        }
        if blocks[0].layers.isEmpty, blocks.count > 1 { blocks.removeFirst() }
        if let head = graph.head { blocks.append(Block(name: head.prefix, layers: [head.prefix])) }
        self.blocks = blocks
    }

    /// How many blocks come after the one of a layer: 0 for the head; `nil` for a layer that is not there.
    ///
    /// - Complexity: O(layers).
    public func distanceToHead(of layer: String) -> Int? {
        blocks.firstIndex { $0.layers.contains(layer) }.map { blocks.count - 1 - $0 }
    }

    /// The block that a layer belongs to by its name; `nil` for one without a number.
    static func blockName(of layer: String) -> String? {
        let parts = layer.split(separator: ".")
        let isNumber = { (part: Substring) in part.allSatisfy { $0.isASCII && $0.isNumber } }
        let first = parts.indices.first { index in
            parts[index].contains { $0.isASCII && $0.isNumber }
                && (index < parts.count - 1 || isNumber(parts[index]))
        }
        guard let first else { return nil }
        // `features.3` alone is a layer and a block; in `features.0.1` the last number is the layer's.
        let behind = parts.indices.dropFirst(first + 1).dropLast()
        let end = behind.first { !isNumber(parts[$0]) } ?? max(parts.count - 1, first + 1)
        return parts[..<end].joined(separator: ".")
    }
}
