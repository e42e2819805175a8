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
        let source: Int
        let weight: Double
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
        members = zip(ensemble.members, shares).map { Member(name: $0.name, source: $0.source, weight: $1) }
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
        if let member = members.first(where: { !sources.indices.contains($0.source) }) {
            throw Self.unfit(checkpoint, "'\(member.name)' is of network \(member.source), which does not exist")
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
                        .dictionary([
                            ("name", .string($0.name)), ("source", .int($0.source)), ("weight", .double($0.weight)),
                        ])
                    })
            ),
        ])
    }
}
