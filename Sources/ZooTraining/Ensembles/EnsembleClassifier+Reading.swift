import ZooCheckpoint
import ZooGraph
import ZooTensor

extension EnsembleClassifier {
    /// The ensemble that a file holds; `nil` if it holds something else.
    ///
    /// - Parameter heads: kinds of heads beside zoo's own.
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the tensors cannot be read; ``TrainingError`` (`unfitCheckpoint`) if
    ///   they do not make the ensemble that the file describes.
    init?(_ checkpoint: Checkpoint, heads: [any FeatureHead.Type] = []) throws {
        guard let description = try EnsembleDescription(checkpoint) else { return nil }
        let states = try checkpoint.stateDict()
        let classes = SavedModelDescription.classes(checkpoint.root)
        let parts = Parts(checkpoint: checkpoint, states: states)
        let members: [Member] = try description.members.enumerated().map { index, member in
            guard let codes = member.codes else {
                return Member(name: member.name, source: member.source, head: try parts.head("members.\(index)"))
            }
            return try parts.member(index, member.name, codes, kinds: heads + CodesClassifier.knownHeads)
        }
        let classCount = classes?.count ?? members[0].outputs?.count ?? members[0].head.classCount
        for (index, member) in members.enumerated() {
            let outputs = member.outputs ?? Array(0..<member.head.classCount)
            guard outputs.count == classCount, outputs.allSatisfy({ 0..<member.head.classCount ~= $0 }) else {
                throw EnsembleDescription.unfit(
                    checkpoint, "'members.\(index).weight' is for \(outputs.count) classes, expected \(classCount)")
            }
        }
        let sources = try description.sources.enumerated().map { number, source in
            try parts.source(number, source, classCount: classCount)
        }
        for (index, member) in members.enumerated() {
            let features = member.inputs.map { sources[$0.source].head.inputFeatures }
            guard features.reduce(0, +) == member.head.featureCount,
                zip(member.inputs, features).allSatisfy({ ($0.normalisation?.mean.count ?? $1) == $1 })
            else {
                throw EnsembleDescription.unfit(
                    checkpoint,
                    "'members.\(index).weight' takes \(member.head.featureCount) features, its network gives "
                        + "\(features.reduce(0, +))")
            }
        }
        (self.members, self.sources, self.classes) = (members, sources, classes)
        path = checkpoint.path
        method = description.method.rawValue
        let weights = description.members.map(\.weight)
        switch description.method {
        case .vote: combination = .vote(weights: weights)
        case .average, .bag: combination = .average(weights: weights)
        case .stack:
            let head = try parts.head("stack")
            guard head.classCount == classCount, head.featureCount == classCount * members.count else {
                throw EnsembleDescription.unfit(
                    checkpoint,
                    "'stack.weight' is \(head.classCount)×\(head.featureCount), expected "
                        + "\(classCount)×\(classCount * members.count)")
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

        /// A member that is a head on features of some bodies.
        func member(
            _ index: Int, _ name: String, _ codes: EnsembleDescription.Codes, kinds: [any FeatureHead.Type]
        ) throws -> Member {
            guard let kind = kinds.first(where: { $0.kind == codes.head }) else {
                let names = kinds.map { $0.kind }.sorted().joined(separator: ", ")
                throw EnsembleDescription.unfit(checkpoint, "'\(codes.head)' is none of the heads \(names)")
            }
            let prefix = "members.\(index)"
            let own = states.entries.filter { $0.name.hasPrefix("\(prefix).") }
            let head = try kind.init(
                states: Dictionary(own.map { ($0.name, $0.tensor) }) { $1 }, prefix: prefix, settings: codes.settings)
            let inputs = try codes.sources.enumerated().map { number, source in
                let place = "\(prefix).normalisation.\(number)"
                guard let mean = states["\(place).mean"] else { return Member.Input(source: source) }
                guard let scale = states["\(place).scale"], mean.shape.rank == 1, scale.shape == [1] else {
                    throw EnsembleDescription.unfit(checkpoint, "'\(place)' is no mean and scale of features")
                }
                return Member.Input(
                    source: source,
                    normalisation: CodesNormalisation(
                        mean: try mean.float32Values(), scale: try scale.float32Values()[0]))
            }
            return Member(name: name, inputs: inputs, head: head, outputs: codes.outputs)
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
