internal import ZooCore
public import ZooGraph

/// Some of a network's parameters, as a user names them: `layer4`, `layer4.*.bn?`, `*.bias`, `all`.
///
/// A pattern stands for a parameter if it fits the parameter's name, or that of a layer or module that it is in. `*` stands
/// for any text, `?` for one character. `all` stands for everything, `head` for the output layer.
public struct LayerPattern: Sendable, Hashable {
    /// The pattern as it was written.
    public let text: String

    /// A pattern; any text is one.
    public init(_ text: String) {
        self.text = text
    }

    /// The learnt parameters of `graph` that the pattern stands for, by PyTorch's names, in PyTorch's order.
    ///
    /// - Throws: ``TrainingError`` (`unknownLayer`) if there are none, with the nearest names.
    /// - Complexity: O(parameters · length of the names).
    public func parameters(of graph: Graph) throws(TrainingError) -> [String] {
        let names = graph.trainedParameterNames
        if text == "all" { return names }
        let wildcard = Wildcard(text == "head" ? graph.head?.prefix ?? text : text)
        let found = names.filter { name in Self.prefixes(of: name).contains { wildcard.fits($0) } }
        guard found.isEmpty else { return found }
        var modules: [String] = []
        for prefix in names.flatMap(Self.prefixes) where !modules.contains(prefix) { modules.append(prefix) }
        let nearest = Suggestion.nearest(to: text, among: modules)
        let hint =
            nearest.isEmpty
            ? "its modules are \(Self.topModules(names).joined(separator: ", "))"
            : "did you mean \(nearest.map { "'\($0)'" }.joined(separator: " or "))?"
        throw TrainingError(.unknownLayer, "\(graph.name) has no layer '\(text)'; \(hint)")
    }

    /// `layer4.0.bn1.weight`, `layer4.0.bn1`, `layer4.0`, `layer4`.
    private static func prefixes(of name: String) -> [String] {
        let parts = name.split(separator: ".")
        return (1...max(parts.count, 1)).reversed().map { parts.prefix($0).joined(separator: ".") }
    }

    private static func topModules(_ names: [String]) -> [String] {
        var modules: [String] = []
        for name in names {
            let module = String(name.prefix { $0 != "." })
            if !modules.contains(module) { modules.append(module) }
        }
        return modules
    }
}

extension Graph {
    /// The parameters that a network learns, by PyTorch's names, in PyTorch's order.
    ///
    /// - Complexity: O(nodes).
    public var trainedParameterNames: [String] {
        listing.map { nodes[$0] }.flatMap { node in
            node.operation.parameters.filter { $0.role == .trained }.map {
                node.name.isEmpty ? $0.name : "\(node.name).\($0.name)"
            }
        }
    }
}
