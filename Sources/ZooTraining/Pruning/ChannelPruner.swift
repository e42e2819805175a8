public import ZooGraph
public import ZooTensor

/// Removes the channels of a network that matter least.
public struct ChannelPruner: Sendable {
    /// How far it goes.
    public enum Target: Sendable, Hashable {
        /// This share of the channels that can be removed.
        case channels(Double)
        /// Until the network needs no more than this share of the multiply-adds of the whole one.
        case multiplyAdds(Double)
    }

    /// What says which channels matter; by default what the weights say, which needs no images.
    public var importance = ChannelImportance.l1
    /// Every layer keeps a multiple of so many channels, or all: kernels compute blocks of 8 or 16 channels at a time, and
    /// half a block takes as long as a whole one. Every layer keeps at least one channel in any case.
    public var alignment = 8

    /// A pruner.
    public init() {}

    /// A network without some channels.
    public struct Result: Sendable {
        /// The network.
        public var graph: Graph { narrowed.graph }
        /// Its tensors, by PyTorch's names.
        public let tensors: [String: Tensor]
        /// What of each of the old tensors is left.
        let narrowed: NarrowedGraph
    }

    /// Prunes a network for images of that size.
    ///
    /// - Parameters:
    ///   - whole: the multiply-adds that ``Target/multiplyAdds(_:)`` is a share of.
    ///   - images: what ``ChannelImportance/fisher`` shows to the network.
    /// - Throws: ``TrainingError`` (`invalidSetting`) for a target that cannot be reached, naming the layers that have the
    ///   least, or `unusableData` if ``importance`` needs images and there are none; errors of the graph and the engine.
    /// - Complexity: O(channels · log(channels)).
    public func prune(
        _ graph: Graph, parameters: [String: Tensor], to target: Target, height: Int, width: Int, whole: Int,
        images: CalibrationImages? = nil
    ) throws -> Result {
        let dependencies = try ChannelDependencies(graph, height: height, width: width)
        let scores = try importance.scores(of: graph, dependencies, parameters: parameters, images: images)
        // The least important first; among equals the first.
        let order = scores.indices.filter { scores[$0].isFinite }.sorted { (scores[$0], $0) < (scores[$1], $1) }
        guard !order.isEmpty else {
            throw TrainingError(
                .invalidSetting,
                "\(graph.name) has no channels that \(importance.rawValue) could choose among; try another --importance"
            )
        }
        let layers = WidthRule(graph, dependencies, alignment: alignment)
        func narrowed(_ count: Int) throws -> NarrowedGraph {
            let keeps = layers.keeps(removing: order.prefix(count), order: order)
            return try graph.keepingChannels(dependencies, keeps: keeps)
        }
        let result: NarrowedGraph
        switch target {
        case .channels(let share):
            let count = Int((Double(order.count) * share).rounded())
            result = try narrowed(count)
            // Less than one channel, or less than the alignment asks of any layer: nothing would be done.
            if result.selections.isEmpty { throw nothingRemoved(graph) }
        case .multiplyAdds(let share):
            let limit = share * Double(whole)
            func fits(_ count: Int) throws -> Bool {
                Double(try narrowed(count).graph.multiplyAdds(height: height, width: width)) <= limit
            }
            guard try fits(order.count) else { throw unreachable(graph, try narrowed(order.count).graph, share) }
            var (low, high) = (0, order.count)
            while low < high {
                let middle = (low + high) / 2
                if try fits(middle) { high = middle } else { low = middle + 1 }
            }
            result = try narrowed(high)
        }
        return Result(tensors: try result.tensors(of: parameters), narrowed: result)
    }

    private func nothingRemoved(_ graph: Graph) -> TrainingError {
        TrainingError(
            .invalidSetting,
            "so few channels of \(graph.name) go that no layer gets rid of \(alignment) of them; a larger --sparsity or a "
                + "smaller --align")
    }

    private func unreachable(_ graph: Graph, _ smallest: Graph, _ share: Double) -> TrainingError {
        let least = smallest.widths.min() ?? 0
        let names = zip(smallest.widthNames, smallest.widths).filter { $1 == least }.map { "'\($0.0)'" }
        return TrainingError(
            .invalidSetting,
            "\(graph.name) cannot be made as small as \(share) of its multiply-adds: \(names.prefix(3).joined(separator: ", "))"
                + (names.count > 3 ? " and \(names.count - 3) others" : "")
                + " would have no channels left; take a larger --macs, or a smaller --align")
    }
}

/// Which groups stay, so that every layer has an allowed number of channels.
private struct WidthRule {
    /// The groups of each layer, with as many entries as channels; the smallest layers first, each of them once.
    private let layers: [[Int]]
    private let alignment: Int
    private let groupCount: Int

    init(_ graph: Graph, _ dependencies: ChannelDependencies, alignment: Int) {
        self.alignment = alignment
        groupCount = dependencies.groupCount
        var seen: Set<[Int]> = []
        var layers: [[Int]] = []
        for (index, node) in graph.nodes.enumerated() {
            switch node.operation {
            case .convolution, .linear, .pixelLinear, .paddedShortcut, .add: break
            default: continue
            }
            if seen.insert(dependencies.groups[index]).inserted { layers.append(dependencies.groups[index]) }
        }
        self.layers = layers.enumerated().sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }
            .map(\.element)
    }

    /// - Parameters:
    ///   - removed: the groups that should go.
    ///   - order: all that could, the least important first.
    func keeps(removing removed: some Sequence<Int>, order: [Int]) -> [Bool] {
        var keeps = Array(repeating: true, count: groupCount)
        for group in removed { keeps[group] = false }
        var rank = Array(repeating: 0, count: groupCount)
        for (place, group) in order.enumerated() { rank[group] = place }
        // A layer that gets channels back may give some to a layer that was right before: again, until none changes.
        var isChanged = true
        while isChanged {
            isChanged = false
            for layer in layers {
                var count = layer.count { keeps[$0] }
                var lost = Set(layer.filter { !keeps[$0] }).sorted { rank[$0] < rank[$1] }
                while count == 0 || count % alignment != 0, let group = lost.popLast() {
                    keeps[group] = true
                    isChanged = true
                    count += layer.count { $0 == group }
                }
            }
        }
        return keeps
    }
}

extension NarrowedGraph {
    /// What is left of a network's tensors.
    ///
    /// - Complexity: O(elements).
    func tensors(of whole: [String: Tensor]) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for spec in graph.parameterSpecs {
            guard let tensor = whole[spec.name] else { continue }
            guard let selection = selections[spec.name] else {
                // A branch that only training uses may not fit any more.
                if tensor.shape == spec.shape { tensors[spec.name] = tensor }
                continue
            }
            tensors[spec.name] = Tensor(
                try Self.values(tensor, selection), shape: spec.shape)
        }
        return tensors
    }

    private static func values(_ tensor: Tensor, _ selection: Selection) throws -> [Float] {
        let values = try tensor.float32Values()
        let shape = tensor.shape
        let columnCount = shape.rank > 1 ? shape[1] : 1
        let width = values.count / max(shape[0] * columnCount, 1)
        var result: [Float] = []
        for row in selection.rows ?? Array(0..<shape[0]) {
            for column in selection.columns ?? Array(0..<columnCount) {
                let start = (row * columnCount + column) * width
                result += values[start..<start + width]
            }
        }
        return result
    }
}

extension Graph {
    /// The layers with weights that have channels of their own, in order.
    public var widthNames: [String] { weighted.map(\.name) }

    /// How many channels each of ``widthNames`` gives.
    public var widths: [Int] { weighted.map(\.width) }

    private var weighted: [(name: String, width: Int)] {
        nodes.compactMap { node in
            switch node.operation {
            case .convolution(let layer): (node.name, layer.outputChannels)
            case .linear(let layer): (node.name, layer.outputFeatures)
            case .pixelLinear(let layer): (node.name, layer.outputFeatures)
            default: nil
            }
        }
    }
}
