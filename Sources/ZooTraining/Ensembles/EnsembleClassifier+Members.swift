import ZooGraph

extension EnsembleClassifier {
    /// Makes one of networks; see ``init(of:combination:method:)``.
    public init(
        _ networks: [(name: String, network: PretrainedNetwork)], combination: Combination? = nil,
        method: String = "average"
    ) throws {
        try self.init(of: networks.map { ($0.name, $0.network) }, combination: combination, method: method)
    }

    /// Makes one of networks and of heads on codes.
    ///
    /// The classes are those of the first, in its order; the others' answers are put into that order by the names of
    /// their classes. Members that differ in nothing but the output layer, or the head, share the rest.
    ///
    /// - Parameters:
    ///   - classifiers: the members with their names.
    ///   - combination: how their answers become one; the mean of their probabilities by default.
    /// - Throws: ``TrainingError`` (`classMismatch`) naming members that know other classes; `unfitCheckpoint` for a
    ///   network without an output layer, a head on codes that are computed elsewhere, and an ensemble.
    /// - Precondition: there is a member.
    /// - Complexity: O(parameters).
    public init(
        of classifiers: [(name: String, classifier: any Classifier)], combination: Combination? = nil,
        method: String = "average"
    ) throws {
        let first = classifiers[0]
        sources = []
        members = []
        classes = first.classifier.classes
        self.combination = combination ?? .average(weights: Combination.equalWeights(classifiers.count))
        self.method = method
        for (name, classifier) in classifiers {
            try classifier.requireOneQuestion()
            let order = try Self.order(of: (name, classifier), as: first)
            switch classifier {
            case let network as PretrainedNetwork:
                let known = try network.classifier()
                let head = LinearHead(
                    weight: known.weight.gatheringRows(order),
                    bias: known.bias.isEmpty ? [] : order.map { known.bias[$0] })
                members.append(Member(name: name, source: place(of: EnsembleSource(network)), head: head))
            case let codes as CodesClassifier:
                let inputs = try codes.sources.map { source in
                    let body = try EnsembleSource(source, of: name, outputs: order.count)
                    return Member.Input(source: place(of: body), normalisation: source.normalisation)
                }
                let isSame = order == Array(order.indices)
                members.append(Member(name: name, inputs: inputs, head: codes.head, outputs: isSame ? nil : order))
            default:
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(name) is itself \(classifier.title); name its members in its place")
            }
        }
    }

    /// Which of the bodies one is; a new one if it is none of them.
    private mutating func place(of source: EnsembleSource) -> Int {
        if source.canBeShared, let known = sources.firstIndex(where: { $0.isSame(as: source) }) { return known }
        sources.append(source)
        return sources.count - 1
    }

    /// For each class of the first member the output of another one that stands for it.
    static func order(
        of other: (name: String, classifier: any Classifier), as first: (name: String, classifier: any Classifier)
    ) throws(TrainingError) -> [Int] {
        guard let wanted = first.classifier.classes, let known = other.classifier.classes else {
            guard first.classifier.classes == nil, other.classifier.classes == nil,
                first.classifier.outputCount == other.classifier.outputCount
            else {
                let stranger = first.classifier.classes == nil ? first : other
                throw TrainingError(
                    .classMismatch,
                    "\(stranger.name) does not say what its \(stranger.classifier.outputCount) outputs mean, and the other "
                        + "members do; members are put together by the names of their classes")
            }
            return Array(0..<other.classifier.outputCount)
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
