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
    /// Further runs of bytes that are there, by offset, apart from each other or touching: the work of several
    /// connections.
    public var others: [Extent] = []

    /// A recorded run of bytes in the middle of the file.
    public struct Extent: Sendable, Hashable, Codable {
        /// Where it begins.
        public var offset: Int
        /// Its length.
        public var byteCount: Int
        /// The SHA-256 of its bytes, as 64 hexadecimal digits.
        public var sha256: String
    }

    /// No transfer has more connections than make this many runs.
    static let extentLimit = 256

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
        var others: [Extent]?
    }

    /// Reads the JSON; `nil` for anything but a record of this version that makes sense.
    init?(json: [UInt8]) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)), [1, 2].contains(stored.version),
            stored.byteCount >= 0, stored.byteCount <= stored.source.totalByteCount ?? .max,
            let sha256 = SHA256Digest(hex: stored.sha256)
        else { return nil }
        self.init(source: stored.source, byteCount: stored.byteCount, sha256: sha256)
        var end = stored.byteCount
        let others = stored.others ?? []
        guard others.count < Self.extentLimit, others.isEmpty == (stored.version == 1) else { return nil }
        for extent in others {
            guard extent.offset >= end, extent.byteCount > 0,
                let next = Checked.add(extent.offset, extent.byteCount), next <= stored.source.totalByteCount ?? -1
            else { return nil }
            end = next
        }
        self.others = others
    }

    /// The record as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers always encode.
        // One connection's record is readable by versions of zoo that know no segments.
        let stored = Stored(
            version: others.isEmpty ? 1 : 2, source: source, byteCount: byteCount, sha256: sha256.hex,
            others: others.isEmpty ? nil : others)
        return (try? encoder.encode(stored)).map { [UInt8]($0) } ?? []
    }
}
