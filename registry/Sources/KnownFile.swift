public import ZooCore

/// What is known of the content of a file, by the file's name alone.
///
/// Caches hold files that no entry mentions any more, and files whose name promises a hash that they never had; see
/// `registry/known-files.json`.
public struct KnownFile: Sendable, Hashable {
    /// The file's name.
    public let fileName: String
    /// Its length, if known exactly.
    public let byteCount: Int?
    /// Its SHA-256, if all of it is known.
    public let sha256: SHA256Digest?
    /// The first digits of its SHA-256, if they are known; they agree with ``sha256``.
    public let sha256Prefix: String?
    /// Whether the hash in the name is wrong, so that it must not be held against the file.
    public let isMisnamed: Bool
    /// Where the knowledge comes from.
    public let note: String?

    /// What an entry says of its file.
    init(_ entry: ModelEntry) {
        fileName = entry.fileName
        byteCount = entry.byteCount
        sha256 = entry.sha256
        sha256Prefix = entry.sha256Prefix
        isMisnamed = false
        note = nil
    }
}

extension KnownFile: Decodable {
    /// The fields of a known file in a registry document.
    enum Field: String, CodingKey, CaseIterable {
        case fileName, byteCount, sha256, misnamed, note
    }

    /// Reads the line of one file.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseFields(besides: Field.self)
        let fields = try decoder.container(keyedBy: Field.self)
        fileName = try fields.decode(String.self, forKey: .fileName)
        byteCount = try fields.decodeWholeNumber(forKey: .byteCount)
        sha256 = try fields.decodeDigest(forKey: .sha256)
        sha256Prefix = sha256.map { String($0.hex.prefix(8)) }
        guard fileName.isFileName else {
            throw DecodingError.dataCorruptedError(
                forKey: .fileName, in: fields, debugDescription: "\(fileName.quoted) is no file name")
        }
        isMisnamed = try fields.decodeIfPresent(Bool.self, forKey: .misnamed) ?? false
        note = try fields.decodeIfPresent(String.self, forKey: .note)
    }
}

extension ModelEntry {
    /// The entry, completed by what is known of its file, or `nil` if the two contradict each other.
    func completed(by known: KnownFile?) -> ModelEntry? {
        guard let known else { return self }
        var entry = self
        if known.isMisnamed { entry.sha256Prefix = known.sha256Prefix }
        entry.sha256 = sha256 ?? known.sha256
        entry.byteCount = byteCount ?? known.byteCount
        let agree =
            (known.sha256 == nil || known.sha256 == entry.sha256)
            && (known.byteCount == nil || known.byteCount == entry.byteCount)
            && (entry.sha256Prefix.map { entry.sha256?.hasPrefix($0) ?? true } ?? true)
        return agree ? entry : nil
    }
}
