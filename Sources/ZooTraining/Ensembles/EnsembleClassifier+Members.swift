import ZooGraph

extension EnsembleClassifier {
    /// Makes one of networks.
    ///
    /// The classes are those of the first, in its order; the others' output layers are put into that order by the names of
    /// their classes. Networks that differ in nothing but the output layer share the rest.
    ///
    /// - Parameters:
    ///   - networks: the members with their names.
    ///   - combination: how their answers become one; the mean of their probabilities by default.
    /// - Throws: ``TrainingError`` (`classMismatch`) naming members that know other classes; `unfitCheckpoint` for a
    ///   network without an output layer.
    /// - Precondition: there is a network.
    /// - Complexity: O(parameters).
    public init(
        _ networks: [(name: String, network: PretrainedNetwork)], combination: Combination? = nil,
        method: String = "average"
    ) throws {
        let first = networks[0]
        var sources: [EnsembleSource] = []
        var members: [Member] = []
        for (name, network) in networks {
            try network.requireOneQuestion()
            let order = try Self.order(of: (name, network), as: first)
            let known = try network.classifier()
            let head = LinearHead(
                weight: known.weight.gatheringRows(order),
                bias: known.bias.isEmpty ? [] : order.map { known.bias[$0] })
            let source = EnsembleSource(network)
            let place = source.canBeShared ? sources.firstIndex { $0.isSame(as: source) } : nil
            if place == nil { sources.append(source) }
            members.append(Member(name: name, source: place ?? sources.count - 1, head: head))
        }
        self.sources = sources
        self.members = members
        classes = first.network.classes
        self.combination = combination ?? .average(weights: Combination.equalWeights(members.count))
        self.method = method
    }

    /// For each class of the first member the output of another one that stands for it.
    static func order(
        of other: (name: String, network: PretrainedNetwork), as first: (name: String, network: PretrainedNetwork)
    ) throws(TrainingError) -> [Int] {
        guard let wanted = first.network.classes, let known = other.network.classes else {
            guard first.network.classes == nil, other.network.classes == nil,
                first.network.outputCount == other.network.outputCount
            else {
                let stranger = first.network.classes == nil ? first : other
                throw TrainingError(
                    .classMismatch,
                    "\(stranger.name) does not say what its \(stranger.network.outputCount) outputs mean, and the other "
                        + "members do; members are put together by the names of their classes")
            }
            return Array(0..<other.network.outputCount)
        }
        let positions = Dictionary(known.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let missing = wanted.filter { positions[$0] == nil }
        let extra = known.filter { !wanted.contains($0) }
        guard missing.isEmpty, extra.isEmpty else {
            let parts = [("does not know", missing), ("knows besides", extra)].filter { !$0.1.isEmpty }.map {
                what, names in
                "\(what) \(names.prefix(5).map { "'\($0)'" }.joined(separator: ", "))"
                    + (names.count > 5 ? " and \(names.count - 5) more" : "")
            }
            throw TrainingError(
                .classMismatch,
                "\(other.name) tells other classes apart than \(first.name): it \(parts.joined(separator: " and ")); "
                    + "fine-tune all members on the same classes")
        }
        return wanted.compactMap { positions[$0] }
    }
}
