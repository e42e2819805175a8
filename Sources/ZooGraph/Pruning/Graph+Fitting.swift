import ZooTensor

extension Graph {
    /// The same network with as many channels in each layer as tensors of these shapes have; itself if they are its own.
    ///
    /// A network whose channels were pruned says no more than its shapes, and they say enough: kernels are what they were,
    /// groups of convolutions follow from the channels that come in, and a padded shortcut adds what the sum behind it needs.
    /// The shapes of the output layer may be missing: it takes what comes in, and keeps its classes.
    ///
    /// - Returns: `nil` if no network that differs from this one in channels alone has tensors of these shapes.
    /// - Complexity: O(nodes).
    func fitted(to shapes: [String: Shape]) -> Graph? {
        if fits(shapes) { return self }
        guard let size = minimumInputSize, let own = try? self.shapes(batch: 1, height: size, width: size) else {
            return nil
        }
        var channels: [Int] = []
        var nodes: [Node] = []
        for (index, node) in self.nodes.enumerated() {
            let inputs = node.inputs.map { channels[$0] }
            let wanted = addend(of: index).flatMap { $0 < channels.count ? channels[$0] : nil }
            let pixels = node.inputs.first.map { own[$0].rank == 4 ? own[$0][2] * own[$0][3] : 1 } ?? 1
            let fitting = ChannelFitting(
                weight: { shapes[Graph.name(of: $0, in: node.name)] }, inputs: inputs, pixels: pixels,
                isHead: node.name == head?.prefix, addend: wanted,
                isUnchanged: zip(node.inputs, inputs).allSatisfy { own[$0].channels == $1 })
            guard let result = fitting.fit(node.operation, own: own[index].channels) else { return nil }
            channels.append(result.channels)
            nodes.append(Node(name: node.name, operation: result.operation, inputs: node.inputs))
        }
        guard
            let graph = try? Graph(name: name, nodes: nodes, output: output, head: head?.prefix, listing: listing),
            graph.fits(shapes), (try? graph.shapes(batch: 1, height: size, width: size)) != nil
        else { return nil }
        return graph
    }

    /// Whether all tensors that the network needs, but for those of the output layer, are there with its shapes.
    private func fits(_ shapes: [String: Shape]) -> Bool {
        parameterSpecs.allSatisfy { spec in
            spec.isOptional || shapes[spec.name] == spec.shape
                || shapes[spec.name] == nil && head.map { spec.name.hasPrefix("\($0.prefix).") } ?? false
        }
    }

    /// The node that a node's result is added to.
    private func addend(of index: Int) -> Int? {
        for node in nodes {
            if case .add = node.operation, let place = node.inputs.firstIndex(of: index) {
                return node.inputs[1 - place]
            }
        }
        return nil
    }
}

extension Shape {
    /// The size of axis 1.
    fileprivate var channels: Int { rank > 1 ? self[1] : 0 }
}

/// One layer as the shapes of its tensors have it.
private struct ChannelFitting {
    /// The shape of a tensor of the layer.
    let weight: (String) -> Shape?
    /// How many channels come in.
    let inputs: [Int]
    /// How many pixels of each come in.
    let pixels: Int
    /// Whether it is the output layer, whose tensors may be missing.
    let isHead: Bool
    /// How many channels the tensor has that the result is added to.
    let addend: Int?
    /// Whether as many channels come in as in the network that is fitted.
    let isUnchanged: Bool

    func fit(_ operation: Operation, own: Int) -> (operation: Operation, channels: Int)? {
        switch operation {
        case .convolution(let layer): return convolution(layer)
        case .linear(let layer):
            if isHead, weight("weight") == nil {
                let outputs = layer.outputFeatures
                return (
                    .linear(Linear(inputFeatures: inputs[0], outputFeatures: outputs, hasBias: layer.hasBias)), outputs
                )
            }
            guard let shape = weight("weight"), shape.rank == 2, shape.sizes.allSatisfy({ $0 > 0 }) else { return nil }
            return (
                .linear(Linear(inputFeatures: shape[1], outputFeatures: shape[0], hasBias: layer.hasBias)), shape[0]
            )
        case .pixelLinear(let layer):
            guard let shape = weight(layer.weightName), shape.rank == 2, shape[0] > 0, shape[1] == inputs[0],
                layer.unbiased.upperBound <= shape[0]
            else { return nil }
            return (
                .pixelLinear(
                    PixelLinear(
                        inputFeatures: shape[1], outputFeatures: shape[0], hasBias: layer.hasBias,
                        parameterPrefix: layer.parameterPrefix, unbiased: layer.unbiased)), shape[0]
            )
        case .channelFactors(let factors):
            guard let shape = weight(factors.parameter), shape.rank == 3, shape[0] > 0 else { return nil }
            return (.channelFactors(ChannelFactors(parameter: factors.parameter, channels: shape[0])), shape[0])
        case .batchNorm(let layer):
            let norm = BatchNorm(channels: inputs[0], epsilon: layer.epsilon, momentum: layer.momentum)
            return (.batchNorm(norm), inputs[0])
        case .channelNorm(let layer):
            return (.channelNorm(ChannelNorm(channels: inputs[0], epsilon: layer.epsilon)), inputs[0])
        case .paddedShortcut(let shortcut):
            guard let addend, addend >= inputs[0], (addend - inputs[0]) % 2 == 0 else { return nil }
            let padding = (addend - inputs[0]) / 2
            return (
                .paddedShortcut(
                    PaddedShortcut(inputChannels: inputs[0], stride: shortcut.stride, channelPadding: padding)), addend
            )
        case .add, .multiply: return inputs[0] == inputs[1] ? (operation, inputs[0]) : nil
        case .concat: return (operation, inputs.reduce(0, +))
        case .activation, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .dropout, .auxiliary:
            return (operation, inputs[0])
        case .flatten: return (operation, inputs[0] * pixels)
        default: return isUnchanged ? (operation, own) : nil
        }
    }

    private func convolution(_ layer: Convolution) -> (operation: Operation, channels: Int)? {
        let known = weight("weight")
        let own = Shape([layer.outputChannels, inputs[0], layer.kernel.height, layer.kernel.width])
        guard let shape = known ?? (isHead ? own : nil), shape.rank == 4,
            Array(shape.sizes[2...]) == layer.kernel.sizes,
            shape[0] > 0, shape[1] > 0, inputs[0] > 0, inputs[0] % shape[1] == 0
        else { return nil }
        let groups = inputs[0] / shape[1]
        guard shape[0] % groups == 0, layer.groups > 1 || groups == 1 else { return nil }
        return (
            .convolution(
                Convolution(
                    inputChannels: inputs[0], outputChannels: shape[0], kernel: layer.kernel, stride: layer.stride,
                    padding: layer.padding, dilation: layer.dilation, groups: groups, hasBias: layer.hasBias)), shape[0]
        )
    }
}

extension Extent {
    fileprivate var sizes: [Int] { [height, width] }
}
