internal import FoundationEssentials
import ZooCheckpoint
import ZooGraph
import ZooRegistry

/// What a file says of an ensemble besides its tensors: the key `ensemble` of the checkpoint's dictionary, or of the
/// metadata of a safetensors file, as JSON there.
///
/// The tensors have names: `sources.J.` and PyTorch's names for the body J; `members.K.weight` and `.bias` for the output
/// layer of member K; `stack.weight` and `.bias` for the layer on top of all.
struct EnsembleDescription: Sendable, Hashable, Codable {
    /// A network without its output layer.
    struct Source: Sendable, Hashable, Codable {
        let arch: String
        let preprocessing: Preprocessing
    }

    /// One that answers.
    struct Member: Sendable, Hashable, Codable {
        let name: String
        /// The network whose output layer it is, or of a head on several the first.
        let source: Int
        let weight: Double
        /// The head, where it is not the output layer of one network.
        var codes: Codes?
    }

    /// A head on what one or several networks make of an image.
    struct Codes: Sendable, Hashable, Codable {
        /// The kind of head.
        let head: String
        /// What it was made with and needs again.
        let settings: [String: String]
        /// The networks, in the order in which their features are joined.
        let sources: [Int]
        /// For each class the output of the head; `nil` if they have the same order.
        let outputs: [Int]?
    }

    /// How the answers become one.
    enum Method: String, Sendable, Hashable, Codable {
        case vote, average, bag, stack
    }

    let method: Method
    let sources: [Source]
    let members: [Member]

    /// What a file may say at most: more is no ensemble that anyone made.
    static let largestCount = 1000

    init(_ ensemble: EnsembleClassifier) {
        let shares = ensemble.combination.shares(memberCount: ensemble.members.count)
        method = Method(rawValue: ensemble.method) ?? .average
        sources = ensemble.sources.map { Source(arch: $0.graph.name, preprocessing: $0.preprocessing) }
        members = zip(ensemble.members, shares).map { member, share in
            let codes =
                member.layer == nil
                ? Codes(
                    head: type(of: member.head).kind, settings: member.head.settings,
                    sources: member.inputs.map(\.source), outputs: member.outputs) : nil
            return Member(name: member.name, source: member.inputs[0].source, weight: share, codes: codes)
        }
    }

    /// The description in a checkpoint; `nil` if it holds no ensemble.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for one that makes no sense.
    init?(_ checkpoint: Checkpoint) throws(TrainingError) {
        let root = checkpoint.root
        guard let text = root["__metadata__"].map({ $0["ensemble"]?.stringValue }) ?? root["ensemble"]?.jsonText,
            root["__metadata__"]?["zoo"] ?? root["zoo"] != nil
        else { return nil }
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
            throw Self.unfit(checkpoint, "its description cannot be understood; was it made by a newer zoo?")
        }
        self = found
        let counts = 1...Self.largestCount
        guard counts.contains(sources.count), counts.contains(members.count) else {
            throw Self.unfit(checkpoint, "it has \(sources.count) networks and \(members.count) members")
        }
        for member in members {
            let wanted = [member.source] + (member.codes?.sources ?? [])
            if let stranger = wanted.first(where: { !sources.indices.contains($0) }) {
                throw Self.unfit(checkpoint, "'\(member.name)' is of network \(stranger), which does not exist")
            }
            if let codes = member.codes, !counts.contains(codes.sources.count) {
                throw Self.unfit(checkpoint, "'\(member.name)' is a head on \(codes.sources.count) networks")
            }
        }
        if let defect = sources.lazy.compactMap(\.preprocessing.defect).first { throw Self.unfit(checkpoint, defect) }
        let sum = members.reduce(0) { $0 + $1.weight }
        guard members.allSatisfy({ $0.weight >= 0 && $0.weight.isFinite }), abs(sum - 1) < 1e-3 else {
            throw Self.unfit(checkpoint, "the weights of its members are not shares of one")
        }
    }

    static func unfit(_ checkpoint: Checkpoint, _ what: String) -> TrainingError {
        TrainingError(.unfitCheckpoint, "\(checkpoint.path): the ensemble cannot be used: \(what)")
    }

    /// The same as a value of PyTorch's formats.
    var savedValue: SavedValue {
        .dictionary([
            ("method", .string(method.rawValue)),
            (
                "sources",
                .list(
                    sources.map {
                        .dictionary([("arch", .string($0.arch)), ("preprocessing", $0.preprocessing.savedValue)])
                    })
            ),
            (
                "members",
                .list(
                    members.map {
                        .dictionary(
                            [
                                ("name", .string($0.name)), ("source", .int($0.source)), ("weight", .double($0.weight)),
                            ] + ($0.codes.map { [("codes", $0.savedValue)] } ?? []))
                    })
            ),
        ])
    }
}

extension EnsembleDescription.Codes {
    /// The same as a value of PyTorch's formats.
    fileprivate var savedValue: SavedValue {
        .dictionary(
            [
                ("head", .string(head)),
                (
                    "settings",
                    .dictionary(settings.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                ), ("sources", .list(sources.map { .int($0) })),
            ] + (outputs.map { [("outputs", .list($0.map { .int($0) }))] } ?? []))
    }
}
