import Glibc
import ZooGraph
import ZooTensor

/// What says how much a channel matters.
public enum ChannelImportance: String, Sendable, Hashable, CaseIterable {
    /// The sum of the magnitudes of the filter that makes the channel: Li and others, *Pruning Filters for Efficient
    /// ConvNets* (2017).
    case l1
    /// The root of the sum of their squares.
    case l2
    /// The magnitude of the batch norm's scale: Liu and others, *Network Slimming* (2017).
    case batchNorm = "bn"
    /// How far the network's answers move without the channel, for the multiply-adds that it costs: Fisher information, on
    /// images.
    case fisher

    /// Whether it is found by showing images to the network.
    public var needsImages: Bool { self == .fisher }

    /// How much each group of channels matters.
    ///
    /// - Parameter images: what ``fisher`` shows to the network.
    /// - Returns: A number for each group, infinite for fixed ones and for those that nothing says anything about.
    /// - Throws: ``TrainingError``: `unfitCheckpoint` for a tensor that is missing, `unusableData` where images are needed
    ///   and there are none; errors of the engine.
    /// - Complexity: O(parameters), and passes of the network with ``fisher``.
    func scores(
        of graph: Graph, _ dependencies: ChannelDependencies, parameters: [String: Tensor], images: CalibrationImages?
    ) throws -> [Double] {
        guard self == .fisher else { return try scores(of: graph, dependencies, parameters: parameters) }
        guard let images else {
            throw TrainingError(.unusableData, "\(graph.name): there are no images that show which channels matter")
        }
        return try FisherImportance(images: images).scores(of: graph, dependencies, parameters: parameters)
    }

    /// What weights say of each group: the sum over its channels, each as a multiple of the mean of its layer.
    ///
    /// Layers have filters of different sizes, so that only what is relative to the layer can be compared among layers. The
    /// sum and not the mean: a channel of a residual stream takes a filter of every block along, so that it goes last.
    private func scores(
        of graph: Graph, _ dependencies: ChannelDependencies, parameters: [String: Tensor]
    ) throws -> [Double] {
        var sums = Array(repeating: 0.0, count: dependencies.groupCount)
        var counts = Array(repeating: 0, count: dependencies.groupCount)
        for (index, node) in graph.nodes.enumerated() {
            guard let name = parameterName(of: node.operation) else { continue }
            guard let tensor = parameters[Graph.name(of: name, in: node.name)] else {
                throw TrainingError(.unfitCheckpoint, "\(graph.name): '\(node.name)' has no \(name)")
            }
            let magnitudes = magnitudes(try tensor.float32Values(), rows: dependencies.groups[index].count)
            let mean = magnitudes.reduce(0, +) / Double(max(magnitudes.count, 1))
            guard mean > 0 else { continue }
            for (channel, group) in dependencies.groups[index].enumerated() {
                sums[group] += magnitudes[channel] / mean
                counts[group] += 1
            }
        }
        return sums.indices.map { group in
            dependencies.isFixed[group] || counts[group] == 0 ? .infinity : sums[group]
        }
    }

    private func parameterName(of operation: Operation) -> String? {
        switch (self, operation) {
        case (.batchNorm, .batchNorm), (.l1, .convolution), (.l1, .linear), (.l2, .convolution), (.l2, .linear):
            "weight"
        case (.l1, .pixelLinear(let layer)), (.l2, .pixelLinear(let layer)): layer.weightName
        default: nil
        }
    }

    private func magnitudes(_ values: [Float], rows: Int) -> [Double] {
        let width = values.count / max(rows, 1)
        return (0..<rows).map { row in
            let filter = values[row * width..<(row + 1) * width]
            switch self {
            case .l1, .batchNorm, .fisher: return filter.reduce(0) { $0 + Double(abs($1)) }
            case .l2: return filter.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            }
        }
    }
}
