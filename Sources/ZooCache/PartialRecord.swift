import FoundationEssentials
public import ZooCore

/// Where the bytes of a download come from, and how its server tells one version of them from another.
public struct ContentSource: Sendable, Hashable, Codable {
    /// Names the place, without credentials.
    public var url: String
    /// The server's `ETag` header, as sent.
    public var etag: String?
    /// The server's `Last-Modified` header, as sent.
    public var lastModified: String?
    /// The length of the whole file in bytes, if the server told it.
    public var totalByteCount: Int?

    /// Creates the description.
    public init(url: String, etag: String? = nil, lastModified: String? = nil, totalByteCount: Int? = nil) {
        self.url = url
        self.etag = etag
        self.lastModified = lastModified
        self.totalByteCount = totalByteCount
    }
}

/// What is known of a partial file: its source, and how many of its first bytes are safely there.
///
/// It is kept as JSON beside the partial file, and written before the first byte. The digest tells whether those bytes
/// are still what was received: after a power failure, or when something else wrote to the file, they are not, and the
/// download starts over.
public struct PartialRecord: Sendable, Hashable {
    /// Where the bytes come from.
    public var source: ContentSource
    /// How many bytes are recorded, counted from the start of the file.
    public var byteCount: Int
    /// The SHA-256 of those bytes.
    public var sha256: SHA256Digest

    /// Creates the record.
    public init(source: ContentSource, byteCount: Int, sha256: SHA256Digest) {
        self.source = source
        self.byteCount = byteCount
        self.sha256 = sha256
    }

    /// Whether every byte that the source promises is there.
    public var isComplete: Bool { source.totalByteCount == byteCount }

    private struct Stored: Codable {
        var version = 1
        var source: ContentSource
        var byteCount: Int
        var sha256: String
    }

    /// Reads the JSON; `nil` for anything but a record of this version that makes sense.
    init?(json: [UInt8]) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)), stored.version == 1,
            stored.byteCount >= 0, stored.byteCount <= stored.source.totalByteCount ?? .max,
            let sha256 = SHA256Digest(hex: stored.sha256)
        else { return nil }
        self.init(source: stored.source, byteCount: stored.byteCount, sha256: sha256)
    }

    /// The record as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers always encode.
        return (try? encoder.encode(Stored(source: source, byteCount: byteCount, sha256: sha256.hex))).map {
            [UInt8]($0)
        }
            ?? []
    }
}
