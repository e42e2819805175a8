import ZooCore
public import ZooTensor

/// The networks that zoo knows.
///
/// To add one: a file in this folder that describes a ``Family`` and builds its graphs, and its place in ``families``.
public enum Architecture {
    /// Architectures that one function builds.
    struct Family: Sendable {
        /// The members that are listed.
        let names: [String]
        /// The graph of the member with that name and number of classes, or `nil` if the family has no such member.
        let graph: @Sendable (_ name: String, _ classes: Int) throws(GraphError) -> Graph?
        /// The name of the output layer.
        let head: String
        /// The members that a state dict with these shapes might belong to; by default all that are listed.
        var candidates: (@Sendable (_ shapes: [String: Shape]) -> [String])?
        /// The graph that also has whatever else a state dict with these shapes says about it, such as the size of its
        /// images; by default the same as ``graph``.
        var fitted:
            (
                @Sendable (_ name: String, _ classes: Int, _ shapes: [String: Shape]) throws(GraphError) -> Graph?
            )?

        func graph(_ name: String, _ classes: Int, fitting shapes: [String: Shape]) throws(GraphError) -> Graph? {
            let graph = if let fitted { try fitted(name, classes, shapes) } else { try graph(name, classes) }
            return try graph?.fittingHead(head, to: shapes)
        }
    }

    static let families: [Family] = [
        resNets, cifarResNets, mobileNetV1, vggs, alexNet, squeezeNets, mobileNetV2, mnasNets, denseNets, googLeNet,
        inceptionV3, shuffleNets, mobileNetV3s, efficientNets, regNets, convNeXts, viTs, swins, maxViT,
    ]

    /// The names of all architectures; families without end are represented by their usual members.
    public static let names: [String] = families.flatMap(\.names)

    /// The network of that name, such as `resnet18` or `resnet20_cifar`, with `classes` outputs.
    ///
    /// - Throws: ``GraphError`` (`unknownArchitecture`) with the names that there are.
    public static func graph(named name: String, classes: Int) throws(GraphError) -> Graph {
        guard classes > 0 else { throw GraphError(.malformed, place: name, "\(classes) classes are impossible") }
        for family in families {
            if let graph = try family.graph(name, classes) { return graph }
        }
        throw unknown(name)
    }

    /// The network of that name with as many classes as a state dict with these shapes has, and for images of its size; and
    /// with as many channels in each layer, if some were pruned.
    ///
    /// - Throws: ``GraphError`` (`unknownArchitecture`) with the names that there are.
    public static func graph(named name: String, fitting shapes: [String: Shape]) throws(GraphError) -> Graph {
        for family in families {
            let classes = classCount(at: family.head, in: shapes) ?? 1
            if let graph = try family.graph(name, classes, fitting: shapes) {
                return graph.fitted(to: shapes) ?? graph
            }
        }
        throw unknown(name)
    }

    private static func unknown(_ name: String) -> GraphError {
        // Eighty names would bury the one that was meant.
        let advice =
            Suggestion.question(Suggestion.nearest(to: name, among: names))
            ?? "Known are \(names.joined(separator: ", "))"
        return GraphError(.unknownArchitecture, place: "", "unknown architecture '\(name)'. \(advice)")
    }
}
