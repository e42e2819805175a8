import Glibc
public import ZooGraph

/// How much of the learning rate each layer gets.
public struct LearningRates: Sendable, Hashable {
    /// That of the pretrained layers next to the head.
    public var base: Double
    /// The head's, as a multiple of ``base``: a new layer has everything to learn, the others little.
    public var headFactor: Double
    /// By how much the rate is multiplied from each block to the one before it, towards the images; 1 for equal rates.
    public var layerDecay: Double

    /// Learning rates.
    public init(base: Double, headFactor: Double = 10, layerDecay: Double = 1) {
        self.base = base
        self.headFactor = headFactor
        self.layerDecay = layerDecay
    }

    /// Parameters with the same learning rate.
    public struct Group: Sendable, Hashable {
        /// `head`, `body`, or with a layer decay the name of the block.
        public let name: String
        /// The rate before any schedule.
        public let rate: Double
        /// The parameters, by PyTorch's names.
        public let parameters: Set<String>
    }

    /// The groups of some trained parameters, from the head towards the images. No group is empty.
    ///
    /// The block next to the head has ``base``, the one before it `base · layerDecay`, and so on.
    ///
    /// - Complexity: O(parameters · blocks).
    public func groups(of parameters: Set<String>, in graph: Graph) -> [Group] {
        let blocks = LayerBlocks(graph).blocks
        var groups: [Group] = []
        var body: Set<String> = []
        for (distance, block) in blocks.reversed().enumerated() {
            let members = parameters.filter { name in block.layers.contains(Self.layer(of: name)) }
            guard !members.isEmpty else { continue }
            if distance == 0 && block.name == graph.head?.prefix {
                groups.append(Group(name: "head", rate: base * headFactor, parameters: members))
            } else if layerDecay == 1 {
                body.formUnion(members)
            } else {
                let rate = base * pow(layerDecay, Double(max(distance - 1, 0)))
                groups.append(Group(name: block.name, rate: rate, parameters: members))
            }
        }
        if !body.isEmpty { groups.append(Group(name: "body", rate: base, parameters: body)) }
        return groups
    }

    /// The layer that a parameter belongs to: its name without the last part.
    static func layer(of parameter: String) -> String {
        parameter.lastIndex(of: ".").map { String(parameter[..<$0]) } ?? ""
    }
}
