import ZooTensor

/// A network that lost channels, and what of each tensor is left.
public struct NarrowedGraph: Sendable {
    /// The network.
    public let graph: Graph
    /// For each tensor that lost something, the rows (axis 0) and columns (axis 1) that are left; `nil` for all of them.
    public let selections: [String: Selection]

    /// What is left of a tensor.
    public struct Selection: Sendable, Hashable {
        /// Of axis 0.
        public let rows: [Int]?
        /// Of axis 1.
        public let columns: [Int]?
    }
}

extension Graph {
    /// The same network without some channels.
    ///
    /// - Parameters:
    ///   - dependencies: this network's.
    ///   - keeps: for each group whether it stays.
    /// - Throws: ``GraphError`` (`shapeMismatch`), naming a layer that would have no channels.
    /// - Precondition: there is an answer for each group, and fixed groups stay.
    /// - Complexity: O(channels of all nodes).
    public func keepingChannels(
        _ dependencies: ChannelDependencies, keeps: [Bool]
    ) throws(GraphError) -> NarrowedGraph {
        precondition(keeps.count == dependencies.groupCount, "an answer for each group")
        precondition(zip(keeps, dependencies.isFixed).allSatisfy { $0 || !$1 }, "fixed channels stay")
        let kept = dependencies.groups.map { channels in channels.indices.filter { keeps[channels[$0]] } }
        var nodes: [Node] = []
        var selections: [String: NarrowedGraph.Selection] = [:]
        for (index, node) in self.nodes.enumerated() {
            guard !kept[index].isEmpty || dependencies.groups[index].isEmpty else {
                throw GraphError(.shapeMismatch, place: "\(name): \(node.name)", "the layer would have no channels")
            }
            let narrowing = Narrowing(
                inputs: node.inputs.map { kept[$0] }, outputs: kept[index],
                allOutputs: dependencies.groups[index].count)
            nodes.append(
                Node(name: node.name, operation: narrowing.operation(node.operation), inputs: node.inputs))
            for parameter in node.operation.parameters {
                guard let selection = narrowing.selection(of: parameter, in: node.operation) else { continue }
                selections[node.name(of: parameter)] = selection
            }
        }
        let graph = try Graph(name: name, nodes: nodes, output: output, head: head?.prefix, listing: listing)
        return NarrowedGraph(graph: graph, selections: selections)
    }
}

/// What becomes of one node.
private struct Narrowing {
    let inputs: [[Int]]
    let outputs: [Int]
    let allOutputs: Int

    func operation(_ operation: Operation) -> Operation {
        switch operation {
        case .convolution(let layer):
            // Groups go as a whole.
            let groups = layer.groups == 1 ? 1 : outputs.count / (layer.outputChannels / layer.groups)
            return .convolution(
                Convolution(
                    inputChannels: inputs[0].count, outputChannels: outputs.count, kernel: layer.kernel,
                    stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: groups,
                    hasBias: layer.hasBias))
        case .linear(let layer):
            return .linear(
                Linear(inputFeatures: inputs[0].count, outputFeatures: outputs.count, hasBias: layer.hasBias))
        case .pixelLinear(let layer):
            return .pixelLinear(
                PixelLinear(
                    inputFeatures: inputs[0].count, outputFeatures: outputs.count, hasBias: layer.hasBias,
                    parameterPrefix: layer.parameterPrefix, unbiased: layer.unbiased))
        case .batchNorm(let layer):
            return .batchNorm(BatchNorm(channels: outputs.count, epsilon: layer.epsilon, momentum: layer.momentum))
        case .channelNorm(let layer):
            return .channelNorm(ChannelNorm(channels: outputs.count, epsilon: layer.epsilon))
        case .channelFactors(let factors):
            return .channelFactors(ChannelFactors(parameter: factors.parameter, channels: outputs.count))
        case .paddedShortcut(let shortcut):
            return .paddedShortcut(
                PaddedShortcut(
                    inputChannels: inputs[0].count, stride: shortcut.stride,
                    channelPadding: (outputs.count - inputs[0].count) / 2))
        default: return operation
        }
    }

    /// What is left of a tensor; `nil` if all of it is.
    func selection(of parameter: Parameter, in operation: Operation) -> NarrowedGraph.Selection? {
        let rows: [Int]? = outputs.count == allOutputs ? nil : outputs
        var columns: [Int]?
        switch operation {
        case .convolution(let layer) where layer.groups == 1 && parameter.shape.rank == 4:
            columns = inputs[0].count == layer.inputChannels ? nil : inputs[0]
        case .linear(let layer) where parameter.shape.rank == 2:
            columns = inputs[0].count == layer.inputFeatures ? nil : inputs[0]
        case .pixelLinear(let layer) where parameter.shape.rank == 2:
            columns = inputs[0].count == layer.inputFeatures ? nil : inputs[0]
        case .convolution, .linear, .pixelLinear, .batchNorm, .channelNorm, .channelFactors: break
        default: return nil
        }
        guard parameter.shape.rank > 0, rows != nil || columns != nil else { return nil }
        return NarrowedGraph.Selection(rows: rows, columns: columns)
    }
}
