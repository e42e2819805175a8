import ZooCheckpoint
import ZooGraph
import ZooTensor

extension EnsembleClassifier {
    /// The ensemble that a file holds; `nil` if it holds something else.
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the tensors cannot be read; ``TrainingError`` (`unfitCheckpoint`) if
    ///   they do not make the ensemble that the file describes.
    init?(_ checkpoint: Checkpoint) throws {
        guard let description = try EnsembleDescription(checkpoint) else { return nil }
        let states = try checkpoint.stateDict()
        let classes = SavedModelDescription.classes(checkpoint.root)
        let parts = Parts(checkpoint: checkpoint, states: states)
        var heads: [LinearHead] = []
        for index in description.members.indices { heads.append(try parts.head("members.\(index)")) }
        let classCount = classes?.count ?? heads[0].classCount
        if let index = heads.firstIndex(where: { $0.classCount != classCount }) {
            throw EnsembleDescription.unfit(
                checkpoint,
                "'members.\(index).weight' is for \(heads[index].classCount) classes, expected \(classCount)")
        }
        sources = try description.sources.enumerated().map { number, source in
            try parts.source(number, source, classCount: classCount)
        }
        for (index, member) in description.members.enumerated()
        where heads[index].featureCount != sources[member.source].head.inputFeatures {
            throw EnsembleDescription.unfit(
                checkpoint,
                "'members.\(index).weight' takes \(heads[index].featureCount) features, its network gives "
                    + "\(sources[member.source].head.inputFeatures)")
        }
        members = zip(description.members, heads).map { Member(name: $0.name, source: $0.source, head: $1) }
        self.classes = classes
        path = checkpoint.path
        method = description.method.rawValue
        let weights = description.members.map(\.weight)
        switch description.method {
        case .vote: combination = .vote(weights: weights)
        case .average, .bag: combination = .average(weights: weights)
        case .stack:
            let head = try parts.head("stack")
            guard head.classCount == classCount, head.featureCount == classCount * heads.count else {
                throw EnsembleDescription.unfit(
                    checkpoint,
                    "'stack.weight' is \(head.classCount)×\(head.featureCount), expected "
                        + "\(classCount)×\(classCount * heads.count)")
            }
            combination = .stack(head)
        }
    }

    /// The tensors of a file, as parts of an ensemble.
    private struct Parts {
        let checkpoint: Checkpoint
        let states: StateDict

        /// The layer of that name.
        func head(_ name: String) throws -> LinearHead {
            guard let weight = states["\(name).weight"] else {
                throw EnsembleDescription.unfit(checkpoint, "'\(name).weight' is missing")
            }
            let sizes = weight.shape.sizes
            let isPlain = sizes.count == 2 || sizes.count == 4 && sizes[2] == 1 && sizes[3] == 1
            guard isPlain, sizes[0] > 0, sizes[1] > 0 else {
                throw EnsembleDescription.unfit(
                    checkpoint, "'\(name).weight' is \(weight.shape), expected classes×features")
            }
            let bias = try states["\(name).bias"]?.float32Values() ?? []
            guard bias.isEmpty || bias.count == sizes[0] else {
                throw EnsembleDescription.unfit(
                    checkpoint, "'\(name).bias' has \(bias.count) elements, expected \(sizes[0])")
            }
            return LinearHead(
                weight: Matrix(rowCount: sizes[0], columnCount: sizes[1], values: try weight.float32Values()),
                bias: bias)
        }

        /// The body of that number.
        func source(
            _ number: Int, _ description: EnsembleDescription.Source, classCount: Int
        ) throws -> EnsembleSource {
            let prefix = "sources.\(number)."
            let own = StateDict(
                states.entries.filter { $0.name.hasPrefix(prefix) }.map {
                    StateDict.Entry(name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor)
                })
            let graph = try Architecture.graph(named: description.arch, fitting: own.shapes)
                .replacingHead(outputs: classCount)
            let bound = BoundNetwork(own, graph)
            guard bound.fits, let head = graph.head else {
                throw EnsembleDescription.unfit(
                    checkpoint,
                    "the tensors under '\(prefix)' are not those of \(description.arch): \(bound.report.summary)")
            }
            return EnsembleSource(
                graph: graph, head: head, parameters: bound.tensors, preprocessing: description.preprocessing)
        }
    }
}
