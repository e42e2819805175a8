/// A value in a checkpoint: what the pickle describes, with tensors described and everything unknown kept inert.
public enum CheckpointValue: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    /// An integer of more than 64 bits, in hexadecimal with `0x`.
    case bigInt(String)
    case double(Double)
    case complex(Double, Double)
    case string(String)
    case bytes([UInt8])
    case list([CheckpointValue])
    /// Also `torch.Size`.
    case tuple([CheckpointValue])
    case set([CheckpointValue])
    /// Also `OrderedDict`, `defaultdict` and `Counter`.
    case dictionary(CheckpointDictionary)
    case tensor(TensorEntry)
    /// A class, function or constant, such as `torch.float32`, by its full name.
    case global(String)
    /// An instance of a class that zoo does not know. Nothing of it was run.
    case object(CheckpointObject)
    /// A container that is one of its own elements, where it comes again.
    case recursive
}

/// The keys and values of a dictionary, in the order in which Python would list them; each key comes once.
public struct CheckpointDictionary: Sendable {
    /// The keys and values.
    public let pairs: [(key: CheckpointValue, value: CheckpointValue)]
    /// The attributes of an `OrderedDict`, such as the `_metadata` of a state dict.
    public let attributes: [CheckpointValue]

    /// The value of a text key.
    ///
    /// - Complexity: O(*n*) in the number of keys.
    public subscript(key: String) -> CheckpointValue? {
        pairs.first { $0.key.stringValue == key }?.value
    }
}

/// An instance of a class that zoo does not know, as data.
public struct CheckpointObject: Sendable {
    /// The full name of the class or function, such as `numpy.core.multiarray.scalar`.
    public let name: String
    /// What it is called with.
    public let arguments: [CheckpointValue]
    /// What its `__setstate__` gets.
    public let state: [CheckpointValue]
    /// What is appended to it.
    public let items: [CheckpointValue]
    /// What is set in it by key.
    public let pairs: [(key: CheckpointValue, value: CheckpointValue)]
}

extension CheckpointValue {
    /// The value of a text key, if this is a dictionary that has it.
    ///
    /// - Complexity: O(*n*) in the number of keys.
    public subscript(key: String) -> CheckpointValue? { dictionaryValue?[key] }

    /// The element at `index`, if this is a list or tuple that has one.
    public subscript(index: Int) -> CheckpointValue? {
        guard let items = arrayValue, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The text, if this is text.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, if this is an integer. Booleans are not.
    public var intValue: Int? {
        if case .int(let number) = self { number } else { nil }
    }

    /// The number, if this is a float or an integer.
    public var doubleValue: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }

    /// The truth value, if this is a boolean.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, if this is a list or a tuple.
    public var arrayValue: [CheckpointValue]? {
        switch self {
        case .list(let items), .tuple(let items): items
        default: nil
        }
    }

    /// The texts, if this is a list or tuple of nothing but text.
    public var stringArrayValue: [String]? {
        guard let items = arrayValue else { return nil }
        let texts = items.compactMap(\.stringValue)
        return texts.count == items.count ? texts : nil
    }

    /// The numbers, if this is a list or tuple of nothing but numbers.
    public var doubleArrayValue: [Double]? {
        guard let items = arrayValue else { return nil }
        let numbers = items.compactMap(\.doubleValue)
        return numbers.count == items.count ? numbers : nil
    }

    /// The dictionary, if this is one.
    public var dictionaryValue: CheckpointDictionary? {
        if case .dictionary(let dictionary) = self { dictionary } else { nil }
    }

    /// The description of the tensor, if this is one.
    public var tensorValue: TensorEntry? {
        if case .tensor(let entry) = self { entry } else { nil }
    }

    /// The value as JSON text; `nil` if there is a tensor, or something else in it that JSON cannot hold.
    ///
    /// - Complexity: O(size of the value).
    public var jsonText: String? { JSONOutput.value(self) }
}

extension CheckpointValue {
    /// A dictionary without a key, and without it in the `__metadata__` of a safetensors file; other values unchanged.
    func without(_ key: String) -> CheckpointValue {
        guard let dictionary = dictionaryValue else { return self }
        let pairs = dictionary.pairs.filter { $0.key.stringValue != key }.map { pair in
            pair.key.stringValue == "__metadata__" ? (key: pair.key, value: pair.value.without(key)) : pair
        }
        return .dictionary(CheckpointDictionary(pairs: pairs, attributes: dictionary.attributes))
    }
}
