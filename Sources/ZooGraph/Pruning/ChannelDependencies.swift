import ZooTensor

/// Which channels of a network can only be removed together.
///
/// Found from the graph alone. A sum ties the channels of its terms, a batch norm those of its input and its result, a
/// convolution in groups all channels of a group; a concatenation has those of its parts one after another. Images and
/// results keep their channels, and so does whatever an operation takes whose channels have places of their own
/// (attention, shuffles, slices).
///
/// Source for the idea of groups: Fang and others, *DepGraph: Towards Any Structural Pruning* (2023).
public struct ChannelDependencies: Sendable {
    /// For every node the group of each of its channels, or features.
    public let groups: [[Int]]
    /// For every group whether its channels must stay.
    public let isFixed: [Bool]

    /// How many groups there are.
    public var groupCount: Int { isFixed.count }

    /// The dependencies of a network for images of that size.
    ///
    /// - Throws: ``GraphError`` (`shapeMismatch`) if such images do not fit.
    /// - Complexity: O(channels of all nodes).
    public init(_ graph: Graph, height: Int, width: Int) throws(GraphError) {
        var walk = Walk()
        let shapes = try graph.shapes(batch: 1, height: height, width: width)
        var channels: [[Int]] = []
        for (index, node) in graph.nodes.enumerated() {
            channels.append(
                walk.channels(
                    of: node.operation, inputs: node.inputs.map { channels[$0] },
                    shapes: node.inputs.map { shapes[$0] }, result: shapes[index]))
        }
        walk.fix(channels[graph.output])
        var numbers: [Int: Int] = [:]
        var isFixed: [Bool] = []
        groups = channels.map { ids in
            ids.map { id in
                let root = walk.root(id)
                if let known = numbers[root] { return known }
                numbers[root] = isFixed.count
                isFixed.append(walk.isFixed[root])
                return isFixed.count - 1
            }
        }
        self.isFixed = isFixed
    }

    /// Channels as members of sets that are united.
    private struct Walk {
        private var parents: [Int] = []
        private(set) var isFixed: [Bool] = []

        mutating func root(_ id: Int) -> Int {
            var root = id
            while parents[root] != root {
                parents[root] = parents[parents[root]]
                root = parents[root]
            }
            return root
        }

        mutating func unite(_ first: Int, _ second: Int) {
            let (kept, joined) = (root(first), root(second))
            guard kept != joined else { return }
            parents[joined] = kept
            isFixed[kept] = isFixed[kept] || isFixed[joined]
        }

        mutating func fresh(_ count: Int, isFixed: Bool = false) -> [Int] {
            let first = parents.count
            parents += first..<first + count
            self.isFixed += Array(repeating: isFixed, count: count)
            return Array(first..<first + count)
        }

        mutating func fix(_ ids: [Int]) {
            for id in ids { isFixed[root(id)] = true }
        }

        /// The channels of an operation's result.
        mutating func channels(
            of operation: Operation, inputs: [[Int]], shapes: [Shape], result: Shape
        ) -> [Int] {
            switch operation {
            case .convolution(let layer): return convolved(inputs[0], layer)
            case .linear(let layer): return fresh(layer.outputFeatures)
            case .pixelLinear(let layer):
                // Projections that are kept together, or have outputs of several kinds, are taken apart elsewhere.
                return fresh(layer.outputFeatures, isFixed: !layer.parameterPrefix.isEmpty || !layer.unbiased.isEmpty)
            case .channelFactors(let factors): return fresh(factors.channels)
            case .batchNorm, .activation, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool,
                .channelNorm, .dropout, .auxiliary:
                return inputs[0]
            case .flatten:
                let pixels = shapes[0].rank == 4 ? shapes[0][2] * shapes[0][3] : 1
                return inputs[0].flatMap { Array(repeating: $0, count: pixels) }
            case .add, .multiply:
                for (first, second) in zip(inputs[0], inputs[1]) { unite(first, second) }
                return inputs[0]
            case .concat: return inputs.flatMap(\.self)
            case .paddedShortcut(let shortcut): return padded(inputs[0], by: shortcut.channelPadding)
            case .input, .channelAffine, .channelSlice, .channelShuffle, .learntMap, .rearrangement, .tokenSequence,
                .attention, .headNorm, .relativePositions:
                for input in inputs { fix(input) }
                return fresh(result.rank > 1 ? result[1] : 0, isFixed: true)
            }
        }

        private mutating func convolved(_ input: [Int], _ layer: Convolution) -> [Int] {
            let outputs = fresh(layer.outputChannels)
            guard layer.groups > 1 else { return outputs }
            let (taken, given) = (layer.inputChannels / layer.groups, layer.outputChannels / layer.groups)
            for group in 0..<layer.groups {
                let members =
                    input[group * taken..<(group + 1) * taken] + outputs[group * given..<(group + 1) * given]
                for member in members.dropFirst() { unite(members[members.startIndex], member) }
            }
            return outputs
        }

        /// As many channels of zeros are added at each end, so those go in pairs.
        private mutating func padded(_ input: [Int], by padding: Int) -> [Int] {
            let (before, after) = (fresh(padding), fresh(padding))
            for index in 0..<padding { unite(before[index], after[padding - 1 - index]) }
            return before + input + after
        }
    }
}
