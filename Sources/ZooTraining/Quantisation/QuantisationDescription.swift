internal import FoundationEssentials
import ZooCheckpoint
import ZooEngine
import ZooGraph

/// What a file says of 8-bit integers besides its tensors: the key `quantization` of the checkpoint's dictionary, or of the
/// metadata of a safetensors file, as JSON there.
///
/// ``limits`` are those of ``ZooEngine/Int8Calibration``. Which layers have integers, the tensors say; see
/// ``ZooCheckpoint/StateDict/quantisedNames``.
struct QuantisationDescription: Sendable, Hashable, Codable {
    /// The only scheme there is: 8-bit integers, symmetric, weights by output channel, results as a whole.
    static let scheme = "int8"
    /// The key of the entry.
    static let key = "quantization"

    let scheme: String
    let limits: [String: Float]

    init(_ calibration: Int8Calibration) {
        scheme = Self.scheme
        limits = calibration.limits
    }

    /// The description in a checkpoint; `nil` if there is none, or one of a scheme that is not known: the weights can be
    /// used all the same.
    init?(_ root: CheckpointValue) {
        guard let text = root["__metadata__"].map({ $0[Self.key]?.stringValue }) ?? root[Self.key]?.jsonText,
            let found = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)), found.scheme == Self.scheme,
            found.limits.values.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { return nil }
        self = found
    }

    /// The calibration of a network whose weights of these names are integers; `nil` if there are none.
    func calibration(of graph: Graph, integerNames: Set<String>) -> Int8Calibration? {
        let layers = graph.nodes.map(\.name).filter { name in
            graph.weightNames(of: [name]).contains(where: integerNames.contains)
        }
        return layers.isEmpty ? nil : Int8Calibration(layers: Set(layers), limits: limits)
    }

    /// The entry as it is written into PyTorch's formats.
    var savedValue: SavedValue {
        .dictionary([
            ("scheme", .string(scheme)),
            ("limits", .dictionary(limits.sorted { $0.key < $1.key }.map { ($0, .double($1.shortestDouble)) })),
        ])
    }
}
