import ZooGraph

/// Which nodes of a graph take part in training.
struct Differentiation {
    /// The nodes whose derivatives are needed, or that behave otherwise than in inference.
    let kept: Set<Int>
    /// For every node whether the gradient of its result is needed: a trained parameter is in it or before it.
    let needsGradient: [Bool]

    /// - Complexity: O(nodes).
    init(_ graph: Graph, _ scope: TrainingScope) {
        var needsGradient: [Bool] = []
        var kept: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            let isTrained = node.operation.parameters.contains { parameter in
                scope.parameters.contains(node.name(of: parameter))
            }
            needsGradient.append(isTrained || node.inputs.contains { needsGradient[$0] })
            let isDifferent =
                switch node.operation {
                case .batchNorm: scope.batchNorms.contains(node.name)
                case .dropout: scope.dropsOut
                default: false
                }
            if needsGradient[index] || isDifferent { kept.insert(index) }
        }
        self.kept = kept
        self.needsGradient = needsGradient
    }
}
