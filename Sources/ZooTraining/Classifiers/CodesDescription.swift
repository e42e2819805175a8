internal import FoundationEssentials
import ZooCheckpoint
import ZooGraph
import ZooRegistry

/// What a file says about a head on codes: the entry `codes`, as JSON.
struct CodesDescription: Codable, Hashable {
    /// Where codes come from.
    struct Source: Codable, Hashable {
        /// The network.
        var arch: String
        /// How many numbers it makes of an image.
        var features: Int
        /// What images go through first; `nil` if the codes are computed elsewhere.
        var preprocessing: Preprocessing?
    }

    /// In the order in which codes are joined.
    var sources: [Source]
    /// The kind of the head.
    var head: String
    /// What the head was made with and needs again.
    var settings: [String: String]

    private static let largestCount = 1000

    init(_ classifier: CodesClassifier) {
        sources = classifier.sources.map {
            Source(arch: $0.name, features: $0.featureCount, preprocessing: $0.body?.preprocessing)
        }
        head = type(of: classifier.head).kind
        settings = classifier.head.settings
    }

    /// The description in a checkpoint; `nil` if it holds no head on codes.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for one that makes no sense.
    init?(_ checkpoint: Checkpoint) throws(TrainingError) {
        let root = checkpoint.root
        let place = root["__metadata__"] ?? root
        guard place["zoo"] != nil, let text = place["codes"]?.stringValue else { return nil }
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
            throw Self.unfit(checkpoint, "its description cannot be understood; was it made by a newer zoo?")
        }
        self = found
        guard 1...Self.largestCount ~= sources.count, sources.allSatisfy({ 1...1 << 24 ~= $0.features }) else {
            throw Self.unfit(checkpoint, "it has \(sources.count) sources, or one of an impossible size")
        }
        if let defect = sources.lazy.compactMap({ $0.preprocessing?.defect }).first {
            throw Self.unfit(checkpoint, defect)
        }
    }

    static func unfit(_ checkpoint: Checkpoint, _ what: String) -> TrainingError {
        TrainingError(.unfitCheckpoint, "\(checkpoint.path): the head on codes cannot be used: \(what)")
    }
}
