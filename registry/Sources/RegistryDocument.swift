internal import FoundationEssentials
internal import ZooCore

/// One JSON file of the registry: `{"source": …, "entries": […], "files": […]}`.
struct RegistryDocument: Decodable {
    /// Pairs of model and weights.
    let entries: [ModelEntry]
    /// Files whose content is known.
    let files: [KnownFile]

    /// The fields of a document; `source` says where it comes from, for a person.
    enum Field: String, CodingKey, CaseIterable {
        case source, entries, files
    }

    init(entries: [ModelEntry], files: [KnownFile]) {
        self.entries = entries
        self.files = files
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseFields(besides: Field.self)
        let fields = try decoder.container(keyedBy: Field.self)
        _ = try fields.decodeIfPresent(String.self, forKey: .source)
        entries = try fields.decodeIfPresent([ModelEntry].self, forKey: .entries) ?? []
        files = try fields.decodeIfPresent([KnownFile].self, forKey: .files) ?? []
    }

    init(_ bytes: RawSpan, source: String, refusingUnknownFields: Bool) throws(RegistryError) {
        self = try Self.decode(Self.self, from: bytes, source: source, refusingUnknownFields: refusingUnknownFields)
    }

    /// Decodes JSON; the bytes are copied.
    ///
    /// - Throws: ``RegistryError`` of code `malformed`, with the field and the reason in one line.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: RawSpan, source: String, refusingUnknownFields: Bool = false
    ) throws(RegistryError) -> Value {
        let decoder = JSONDecoder()
        if refusingUnknownFields, let key = CodingUserInfoKey.refusesUnknownFields { decoder.userInfo[key] = true }
        do {
            return try decoder.decode(type, from: Data([UInt8](copying: bytes)))
        } catch {
            let (place, reason) = Self.explain(error)
            throw RegistryError(
                .malformed, reason, place: place.isEmpty ? source : "\(source): \(place)", cause: error)
        }
    }

    /// The field, as in `entries[3].url`, and what is wrong with it.
    private static func explain(_ error: any Error) -> (place: String, reason: String) {
        guard let error = error as? DecodingError else { return ("", "\(error)") }
        switch error {
        case .keyNotFound(let key, let context):
            return (path(context.codingPath), "the field '\(key.stringValue)' is missing")
        case .typeMismatch(let type, let context):
            return (path(context.codingPath), "expected \(name(of: type)), found something else")
        case .valueNotFound(let type, let context):
            return (path(context.codingPath), "expected \(name(of: type)), found null")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return ("", "this is not JSON: there is a mistake in its syntax, or a number is too large")
        case .dataCorrupted(let context):
            return (path(context.codingPath), context.debugDescription)
        @unknown default:
            return ("", "\(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { text, key in
            if let index = key.intValue { return "\(text)[\(index)]" }
            let name = key.stringValue.isRegistryName ? key.stringValue : key.stringValue.quoted
            return text.isEmpty ? name : "\(text).\(name)"
        }
    }

    /// What JSON calls the values of a type.
    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Int.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is [String: Any].Type: "an object"
        case is any Collection.Type: "a list"
        default: "an object"
        }
    }
}
