import ZooPickle
import ZooTensor

/// Writes the pickle of a checkpoint.
struct CheckpointPickler {
    private var pickle = PickleWriter()
    private let plan: StoragePlan
    private let isLegacy: Bool

    /// - Parameter isLegacy: whether the persistent ids of storages have a sixth part, as in the legacy stream.
    init(_ plan: StoragePlan, isLegacy: Bool = false) {
        self.plan = plan
        self.isLegacy = isLegacy
    }

    consuming func finish() -> [UInt8] { pickle.finish() }

    mutating func append(_ value: SavedValue) throws(CheckpointError) {
        switch value {
        case .none: pickle.none()
        case .bool(let value): pickle.bool(value)
        case .int(let value): pickle.integer(value)
        case .double(let value): pickle.double(value)
        case .string(let text): pickle.text(text)
        case .list(let items): try append(list: items)
        case .tuple(let items):
            pickle.mark()
            for item in items { try append(item) }
            pickle.tuple()
        case .dictionary(let pairs):
            pickle.emptyDictionary()
            try append(pairs)
        case .orderedDictionary(let pairs):
            emptyOrderedDictionary()
            try append(pairs)
        case .tensor(let tensor): try append(tensor)
        case .bigInt(let digits): pickle.integer(twosComplement: digits)
        case .bytes(let bytes): pickle.bytes(bytes)
        case .dtype(let dtype): pickle.global(PickleGlobal("torch", dtype.name))
        case .complex, .set, .mapping, .attributed: try appendRare(value)
        }
    }

    private mutating func appendRare(_ value: SavedValue) throws(CheckpointError) {
        switch value {
        case .complex(let real, let imaginary):
            pickle.global(PickleGlobal("__builtin__", "complex"))
            pickle.mark()
            pickle.double(real)
            pickle.double(imaginary)
            pickle.tuple()
            pickle.reduce()
        case .set(let items):
            pickle.global(PickleGlobal("__builtin__", "set"))
            pickle.mark()
            try append(list: items)
            pickle.tuple()
            pickle.reduce()
        case .mapping(let pairs):
            pickle.emptyDictionary()
            pickle.mark()
            for (key, value) in pairs {
                try append(key)
                try append(value)
            }
            pickle.setItems()
        case .attributed(let value, let attributes):
            try append(value)
            try append(attributes)
            pickle.build()
        default: break
        }
    }

    private mutating func append(list items: [SavedValue]) throws(CheckpointError) {
        pickle.emptyList()
        pickle.mark()
        for item in items { try append(item) }
        pickle.appends()
    }

    private mutating func append(_ pairs: [(String, SavedValue)]) throws(CheckpointError) {
        pickle.mark()
        for (key, value) in pairs {
            pickle.text(key)
            try append(value)
        }
        pickle.setItems()
    }

    private mutating func emptyOrderedDictionary() {
        pickle.global(PickleGlobal("collections", "OrderedDict"))
        pickle.emptyTuple()
        pickle.reduce()
    }

    /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, and `_v3` with a dtype
    /// behind it where the storage does not say the type.
    private mutating func append(_ tensor: Tensor) throws(CheckpointError) {
        switch tensor.dtype {
        case .qint8, .qint32, .quint8:
            throw CheckpointError(.unsupported, "a \(tensor.dtype.name) tensor is not written: it needs a scale")
        default: break
        }
        guard let place = plan.places[ObjectIdentifier(tensor.storage)] else { return }
        let isTyped = place.className != nil
        pickle.global(PickleGlobal("torch._utils", isTyped ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3"))
        pickle.mark()
        storage(place, byteCount: tensor.storage.byteCount)
        pickle.integer(tensor.layout.offset)
        integers(tensor.shape.sizes)
        integers(tensor.layout.strides)
        pickle.bool(false)
        emptyOrderedDictionary()
        if !isTyped { pickle.global(PickleGlobal("torch", tensor.dtype.name)) }
        pickle.tuple()
        pickle.reduce()
    }

    private mutating func storage(_ place: StoragePlan.Place, byteCount: Int) {
        pickle.mark()
        pickle.text("storage")
        if let name = place.className {
            pickle.global(PickleGlobal("torch", name))
        } else {
            pickle.global(PickleGlobal("torch.storage", "UntypedStorage"))
        }
        pickle.text(String(place.key))
        pickle.text("cpu")
        pickle.integer(place.elementCount(byteCount: byteCount))
        if isLegacy { pickle.none() }
        pickle.tuple()
        pickle.persistentID()
    }

    private mutating func integers(_ values: [Int]) {
        pickle.mark()
        for value in values { pickle.integer(value) }
        pickle.tuple()
    }
}
