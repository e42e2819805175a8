import ZooCore
public import ZooTensor

/// How the names and shapes of a state dict fit those that a network expects.
public struct LoadReport: Sendable, Hashable, CustomStringConvertible {
    /// A tensor that the network needs and the state dict lacks.
    public struct Missing: Sendable, Hashable {
        /// The expected name.
        public let name: String
        /// The expected sizes.
        public let shape: Shape
        /// The unexpected name that is most like it.
        public let nearest: String?
    }

    /// A tensor of the state dict that the network has no place for.
    public struct Unexpected: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The sizes.
        public let shape: Shape
        /// The missing name that is most like it.
        public let nearest: String?
    }

    /// A tensor whose sizes are not the expected ones.
    public struct Mismatched: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The sizes that the network expects.
        public let expected: Shape
        /// The sizes in the state dict.
        public let found: Shape
    }

    /// What is missing, in the network's order. Optional tensors are not counted.
    public let missing: [Missing]
    /// What is left over, in the state dict's order.
    public let unexpected: [Unexpected]
    /// What has the wrong sizes, in the network's order.
    public let mismatched: [Mismatched]

    /// Whether every expected tensor is there, in its size, and nothing else.
    public var isClean: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    /// Whether the network can run: nothing is missing or has the wrong sizes.
    public var isComplete: Bool { missing.isEmpty && mismatched.isEmpty }

    /// What PyTorch's `load_state_dict` prints (torch/nn/modules/module.py), with the nearest names behind it; empty if
    /// the report is clean.
    public var description: String {
        var lines: [String] = []
        if !missing.isEmpty {
            lines.append("Missing key(s) in state_dict: \(Self.quoted(missing.map(\.name))).")
        }
        if !unexpected.isEmpty {
            lines.append("Unexpected key(s) in state_dict: \(Self.quoted(unexpected.map(\.name))).")
        }
        for tensor in mismatched {
            lines.append(
                "size mismatch for \(tensor.name): copying a param with shape \(Self.size(tensor.found)) from "
                    + "checkpoint, the shape in current model is \(Self.size(tensor.expected)).")
        }
        for tensor in missing {
            if let nearest = tensor.nearest { lines.append("'\(tensor.name)' may be called '\(nearest)' there.") }
        }
        return lines.joined(separator: "\n")
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private static func size(_ shape: Shape) -> String {
        "torch.Size([\(shape.sizes.map(String.init).joined(separator: ", "))])"
    }
}

extension StateDict {
    /// Matches the tensors with what a network expects.
    ///
    /// - Returns: the tensors that fit, by name, and a report of those that do not. A tensor that is not expected, or
    ///   whose sizes differ, is not among the tensors; nothing is reshaped.
    /// - Complexity: O(*n*) in the number of names while they fit.
    public func bind(to specs: [TensorSpec]) -> (tensors: [String: Tensor], report: LoadReport) {
        var tensors: [String: Tensor] = [:]
        var lacking: [TensorSpec] = []
        var mismatched: [LoadReport.Mismatched] = []
        for spec in specs {
            guard let tensor = self[spec.name] else {
                if !spec.isOptional { lacking.append(spec) }
                continue
            }
            if tensor.shape == spec.shape {
                tensors[spec.name] = tensor
            } else {
                mismatched.append(
                    LoadReport.Mismatched(name: spec.name, expected: spec.shape, found: tensor.shape))
            }
        }
        let expected = Set(specs.map(\.name))
        let surplus = entries.filter { !expected.contains($0.name) }
        let surplusNames = NearestName(surplus.map(\.name))
        let lackingNames = NearestName(lacking.map(\.name))
        let report = LoadReport(
            missing: lacking.map {
                LoadReport.Missing(name: $0.name, shape: $0.shape, nearest: surplusNames.nearest(to: $0.name))
            },
            unexpected: surplus.map {
                LoadReport.Unexpected(
                    name: $0.name, shape: $0.tensor.shape, nearest: lackingNames.nearest(to: $0.name))
            },
            mismatched: mismatched)
        return (tensors, report)
    }
}

/// Finds the dotted name that shares the longest tail with another, or else the one that few edits lead to.
///
/// Names that should be the same mostly differ in front (`backbone.conv1.weight`, `conv1.weight`), so the tail says
/// more than the number of edits, and finding it takes one look-up per part. Edits are counted among a few names only.
struct NearestName {
    /// Among more names only tails are looked for.
    private static let mostEdited = 64

    private var byTail: [Substring: String] = [:]
    private let names: [String]

    init(_ names: [String]) {
        self.names = names
        for name in names {
            for tail in Self.tails(name) where byTail[tail] == nil { byTail[tail] = name }
        }
    }

    /// The name with the longest common tail of at least two parts, or a whole name that is the tail of the other.
    func nearest(to name: String) -> String? {
        for tail in Self.tails(name) {
            guard let found = byTail[tail] else { continue }
            if tail.contains(".") || found == tail || name == tail { return found }
            break
        }
        return names.count > Self.mostEdited ? nil : Suggestion.nearest(to: name, among: names, limit: 1).first
    }

    /// The name itself, the name without its first part, and so on.
    private static func tails(_ name: String) -> [Substring] {
        var result = [name[...]]
        while let dot = result[result.count - 1].firstIndex(of: ".") {
            result.append(result[result.count - 1][dot...].dropFirst())
        }
        return result
    }
}
