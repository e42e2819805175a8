import ZooTensor

/// What of one checkpoint is compared, under the names by which it is.
struct DiffSide {
    /// A tensor and its name in the part.
    typealias Named = (name: String, entry: TensorEntry)

    /// The part of the checkpoint, such as `state_dict`; empty for all of it.
    private(set) var part = ""
    private(set) var tensors: [Named] = []
    /// What is beside the part and counts too, under its full name.
    private(set) var beside: [Named] = []
    /// What zoo knows of but cannot read, by name.
    private(set) var unread: [(name: String, reason: String)] = []
    /// Where tensors are that have no names.
    private(set) var hidden: [String] = []
    /// What tensors are, beyond their numbers, by name.
    private(set) var descriptions: [String: String] = [:]

    /// All of a checkpoint.
    private init(whole checkpoint: Checkpoint) {
        tensors = checkpoint.tensors.map { ($0.name, $0) }
        unread = checkpoint.unread.map { ($0.name, $0.reason) }
        hidden = checkpoint.hidden
        for composite in checkpoint.composites { descriptions[composite.name] = composite.description }
        describe()
    }

    /// A part of a checkpoint: all that counts, or with the rest behind it.
    private init(_ source: ConversionSource, withRest: Bool) {
        let checkpoint = source.checkpoint
        part = source.networkName
        tensors = source.tensors
        func inPart(_ name: String) -> String? {
            if let inside = ConversionSource.name(name, below: source.networkName) { return inside }
            return withRest ? name : nil
        }
        beside = withRest ? source.otherTensors.map { ($0.name, $0) } : []
        unread = checkpoint.unread.compactMap { tensor in inPart(tensor.name).map { ($0, tensor.reason) } }
        hidden = checkpoint.hidden.compactMap(inPart)
        for composite in checkpoint.composites {
            if let name = inPart(composite.name) { descriptions[name] = composite.description }
        }
        describe()
    }

    private mutating func describe() {
        for (name, entry) in tensors + beside {
            switch entry.quantisation {
            case .perTensor(let scale, let zeroPoint):
                descriptions[name] = "quantised with scale \(scale), zero point \(zeroPoint)"
            case .perChannel(let axis, _, _):
                // Scales and zero points are tensors of their own.
                descriptions[name] = "quantised along axis \(axis)"
            case nil: break
            }
        }
    }

    /// All names, whether or not zoo can read what they are of.
    var names: Set<String> { Set(tensors.map(\.name)).union(unread.map(\.name)) }

    /// What to compare of two checkpoints.
    ///
    /// - Throws: ``CheckpointError`` (`badRequest`) if neither has the selected part, `notFound` if there are no tensors
    ///   in it.
    static func pair(
        _ left: Checkpoint, _ right: Checkpoint, select: String?
    ) throws(CheckpointError) -> (DiffSide, DiffSide) {
        if let select {
            let sources = try selected(select, left, right)
            return (DiffSide(sources.0, withRest: false), DiffSide(sources.1, withRest: false))
        }
        let whole = (DiffSide(whole: left), DiffSide(whole: right))
        guard whole.0.names.isDisjoint(with: whole.1.names) else { return whole }
        let options = ConversionOptions()
        guard let first = try? ConversionSource(left, options, holdsTrees: false),
            let second = try? ConversionSource(right, options, holdsTrees: false)
        else { return whole }
        let sides = (DiffSide(first, withRest: true), DiffSide(second, withRest: true))
        return sides.0.names.isDisjoint(with: sides.1.names) ? whole : sides
    }

    private static func selected(
        _ key: String, _ left: Checkpoint, _ right: Checkpoint
    ) throws(CheckpointError) -> (ConversionSource, ConversionSource) {
        var options = ConversionOptions()
        options.select = key
        let isIn = (ConversionSource.has(key, left), ConversionSource.has(key, right))
        let own = ConversionOptions()
        return (
            try ConversionSource(left, isIn.0 || !isIn.1 ? options : own, holdsTrees: false),
            try ConversionSource(right, isIn.1 || !isIn.0 ? options : own, holdsTrees: false)
        )
    }
}
