internal import ZooCore

/// A key of any name, to see which keys there are.
private struct AnyField: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension CodingUserInfoKey {
    /// Set in a decoder that accepts known fields only.
    static let refusesUnknownFields = CodingUserInfoKey(rawValue: "refusesUnknownFields")
}

extension Decoder {
    /// Refuses fields that nothing reads, if the document is one from outside: a misspelt `sha256` must not pass for a
    /// file without one. For the embedded documents a test does the same, which saves a fifth of the time.
    func refuseFields<Field: CodingKey & CaseIterable & RawRepresentable<String>>(
        besides known: Field.Type
    ) throws {
        guard let refuses = CodingUserInfoKey.refusesUnknownFields, userInfo[refuses] != nil else { return }
        let all = try container(keyedBy: AnyField.self)
        for field in all.allKeys where Field(rawValue: field.stringValue) == nil {
            let nearest = Suggestion.nearest(to: field.stringValue, among: Field.allCases.map(\.rawValue))
            let question = Suggestion.question(nearest).map { " " + $0 } ?? ""
            throw DecodingError.dataCorruptedError(
                forKey: field, in: all, debugDescription: "no field has this name.\(question)")
        }
    }
}

extension KeyedDecodingContainer {
    /// A SHA-256 in 64 hexadecimal digits.
    func decodeDigest(forKey key: Key) throws -> SHA256Digest? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let digest = SHA256Digest(hex: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\(text.quoted) is no SHA-256: expected 64 hexadecimal digits")
        }
        return digest
    }
    /// A whole number from 0 to 2⁵³. JSON does not tell whole numbers from others, and the decoder names no field
    /// where a number does not fit.
    func decodeWholeNumber(forKey key: Key) throws -> Int? {
        guard let number = try decodeIfPresent(Double.self, forKey: key) else { return nil }
        guard let whole = Int(exactly: number), (0...1 << 53).contains(whole) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\(number) is no whole number, or too large")
        }
        return whole
    }
}
