public import SystemPackage
public import ZooCache
public import ZooCore

/// A file to fetch.
public struct FetchRequest: Sendable, Hashable {
    /// Where it is: an `http:`, `https:` or `file:` URL.
    public var url: String
    /// The name it gets in the cache.
    public var fileName: String
    /// What is known about its bytes. Where no hash is known, torch.hub's rule for file names applies
    /// (`ExpectedContent.init(fileName:)`).
    public var expected: ExpectedContent
    /// Whether the file is fetched even if a sound one is in the cache.
    public var isForced: Bool

    /// Creates the request.
    ///
    /// - Parameters:
    ///   - url: Where the file is.
    ///   - fileName: Its name in the cache; `nil` takes the last part of the URL's path, as torch.hub does.
    ///   - expected: What is known about its bytes.
    ///   - isForced: Whether it is fetched even if a sound one is in the cache.
    public init(
        url: String, fileName: String? = nil, expected: ExpectedContent = ExpectedContent(), isForced: Bool = false
    ) {
        self.url = url
        self.fileName = fileName ?? FetchURL(url)?.fileName ?? ""
        self.expected = expected
        self.isForced = isForced
    }
}

/// A file that is in the cache now.
public struct FetchOutcome: Sendable, Hashable {
    /// Where it is.
    public let path: FilePath
    /// Its length.
    public let byteCount: Int
    /// The digest of the whole file.
    public let sha256: SHA256Digest
    /// Whether a known hash agrees. If not, nothing but the structure of the file vouches for it; say so aloud.
    public let isVerified: Bool
    /// Whether it was there already, or another process fetched it meanwhile.
    public let wasCached: Bool
    /// How many bytes of an earlier transfer were used.
    public let resumedFrom: Int
    /// How many bytes of the file this transfer received, including those received twice.
    public let bytesTransferred: Int
    /// Where it came from: a URL without credentials, or the path in another cache; `nil` if it was there.
    public var origin: String?
}

/// How far a transfer is.
public struct FetchProgress: Sendable {
    /// What is being done.
    public enum Phase: Sendable {
        /// Another process fetches the same file.
        case waiting
        /// The server failed or asked to wait; the request is sent again soon.
        case pausing
        /// Bytes come.
        case transferring
        /// One source failed, for this reason; the next one is asked.
        case turning(FetchError)
    }

    /// What is being done.
    public let phase: Phase
    /// How many bytes of the file are there.
    public let byteCount: Int
    /// The length of the file, if known.
    public let totalByteCount: Int?
    /// How many bytes of an earlier transfer are used.
    public let resumedFrom: Int
}
