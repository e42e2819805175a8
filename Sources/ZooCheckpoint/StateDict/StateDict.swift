import ZooCore
public import ZooTensor

/// The tensors of a network by PyTorch's names, in order.
public struct StateDict: Sendable {
    /// A name and its tensor.
    public struct Entry: Sendable {
        /// PyTorch's name, such as `layer1.0.conv1.weight`.
        public let name: String
        /// The tensor.
        public let tensor: Tensor

        /// Creates the entry.
        public init(name: String, tensor: Tensor) {
            self.name = name
            self.tensor = tensor
        }
    }

    /// Names and tensors, in the order of the file.
    public let entries: [Entry]
    /// Entries that are no tensors, such as `_extra_state`; by name.
    public let extras: [(name: String, value: CheckpointValue)]
    /// The `_metadata` that PyTorch keeps beside a state dict (versions of modules), if there is any.
    public let metadata: CheckpointValue?
    /// Where in the checkpoint it was found, such as `state_dict`; empty for the checkpoint itself.
    public let key: String
    /// What was cut from the front of every name, such as `module.`; empty if nothing was.
    public let strippedPrefix: String
    private let positions: [String: Int]

    /// Makes a state dict of names and tensors; of two with one name the later counts.
    public init(
        _ entries: [Entry], extras: [(name: String, value: CheckpointValue)] = [], metadata: CheckpointValue? = nil,
        key: String = "", strippedPrefix: String = ""
    ) {
        self.entries = entries
        self.extras = extras
        self.metadata = metadata
        self.key = key
        self.strippedPrefix = strippedPrefix
        positions = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// The tensor called `name`.
    public subscript(name: String) -> Tensor? {
        positions[name].map { entries[$0].tensor }
    }

    /// The names, in order.
    public var names: [String] { entries.map(\.name) }

    /// The sizes of every tensor, by name; what a network is recognised by.
    public var shapes: [String: Shape] {
        Dictionary(entries.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 })
    }

    /// The same tensors without `prefix` in front of their names; `self` unless every name has it and more.
    public func strippingPrefix(_ prefix: String) -> StateDict {
        guard !prefix.isEmpty, !entries.isEmpty,
            entries.allSatisfy({ $0.name.hasPrefix(prefix) && $0.name.count > prefix.count })
        else { return self }
        return StateDict(
            entries.map { Entry(name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) },
            extras: extras.map {
                ($0.name.hasPrefix(prefix) ? String($0.name.dropFirst(prefix.count)) : $0.name, $0.value)
            },
            metadata: metadata, key: key, strippedPrefix: strippedPrefix + prefix)
    }

    /// The prefixes that wrappers put before every name, and that are no part of the network: `DataParallel` and
    /// `DistributedDataParallel`, and `torch.compile`.
    public static let wrapperPrefixes = ["module.", "_orig_mod."]

    /// The same tensors without the prefixes of wrappers, however they are nested.
    public func strippingWrappers() -> StateDict {
        var result = self
        while let prefix = Self.wrapperPrefixes.first(where: { prefix in
            result.entries.first?.name.hasPrefix(prefix) ?? false
        }) {
            let next = result.strippingPrefix(prefix)
            if next.strippedPrefix == result.strippedPrefix { return result }
            result = next
        }
        return result
    }
}
