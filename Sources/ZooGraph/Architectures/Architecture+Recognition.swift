public import ZooTensor

extension Architecture {
    /// The network that a state dict belongs to, by the names and shapes of its tensors.
    ///
    /// Every parameter of the network must be there with its shape. Where several networks satisfy that (a deeper one
    /// contains the shallower), the largest wins. The number of classes is that of the output layer.
    ///
    /// - Returns: `nil` if no known network fits.
    /// - Complexity: O(architectures · nodes).
    public static func recognise(_ shapes: [String: Shape]) -> Graph? {
        largest(in: shapes) { classCount(at: $0.head, in: shapes) }
    }

    /// The network of which a state dict has everything but the output layer, as somebody leaves it who cut the layer off
    /// or put another module in its place.
    ///
    /// - Returns: the network with one output, as the number is unknown; `nil` if no known network fits, and if the output
    ///   layer is there.
    /// - Complexity: O(architectures · nodes).
    public static func recogniseBackbone(_ shapes: [String: Shape]) -> Graph? {
        largest(in: shapes) {
            shapes["\($0.head).weight"] == nil && hiddenLayers(at: $0.head, in: shapes) == nil ? 1 : nil
        }
    }

    /// The network with the most parameters of which a state dict has all, its output layer aside where `classes` invents
    /// it.
    private static func largest(in shapes: [String: Shape], classes: (Family) -> Int?) -> Graph? {
        var best: (graph: Graph, matches: Int)?
        for family in families {
            guard let classes = classes(family) else { continue }
            let head: Set = ["\(family.head).weight", "\(family.head).bias"]
            let hasHead = head.contains { shapes[$0] != nil } || hiddenLayers(at: family.head, in: shapes) != nil
            for name in family.candidates?(shapes) ?? family.names {
                guard let graph = try? family.graph(name, classes, fitting: shapes) else { continue }
                let required = graph.parameterSpecs.filter { !$0.isOptional && (hasHead || !head.contains($0.name)) }
                guard required.allSatisfy({ shapes[$0.name] == $0.shape }) else { continue }
                if required.count > best?.matches ?? 0 { best = (graph, required.count) }
            }
        }
        return best?.graph
    }

    /// The architecture of which most tensors are there, by name and shape; `nil` if that is less than half of any.
    ///
    /// - Complexity: O(architectures · nodes).
    public static func nearest(to shapes: [String: Shape]) -> Graph? {
        var best: (graph: Graph, share: Double)?
        for family in families {
            let classes = shapes["\(family.head).weight"]?.sizes.first ?? 1000
            for name in family.names {
                guard let graph = try? family.graph(name, max(classes, 1), fitting: shapes) else { continue }
                let required = graph.parameterSpecs.filter { !$0.isOptional }
                let share = Double(required.count { shapes[$0.name] == $0.shape }) / Double(max(required.count, 1))
                if share > best?.share ?? 0.5 { best = (graph, share) }
            }
        }
        return best?.graph
    }
}
