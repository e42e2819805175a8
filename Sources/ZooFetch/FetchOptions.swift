public import ZooCache

/// How files are fetched.
public struct FetchOptions: Sendable, Hashable {
    /// Where files are taken from if their own URLs fail, in this order. Folders of this machine are asked before
    /// anything that is behind a network.
    public var mirrors: [Mirror] = []
    /// Caches that others keep, in the order in which they are searched; nothing is ever written there. A sound file in
    /// one gets a hard link in the own cache, or is copied.
    public var searchPath: [CacheDirectory] = []
    /// What is told to the servers that ask for it, each to its own.
    public var credentials: [Credential] = []
    /// Whether the network is out of bounds. `file:` URLs and cached files are not.
    public var isOffline = false
    /// Whether a cached file counts as what it was when it was last verified, if it has not changed since
    /// (`CacheVerifier.isQuick`). By default all of it is read.
    public var trustsRecords = false
    /// A file with the certificates of trusted authorities, instead of the system's.
    public var certificateFile: String?
    /// A folder with the certificates of trusted authorities, instead of the system's.
    public var certificateFolder: String?
    /// Seconds until a connection must stand.
    public var connectTimeout = 30
    /// Seconds without a byte after which a transfer counts as stalled.
    public var stallTimeout = 60
    /// Seconds that one file may take in all, waits included; `nil` for any time.
    public var totalTimeout: Int?
    /// How often a request that failed is sent again, unless at least 1 MiB came in between.
    public var retries = 5
    /// Milliseconds before the first repetition of a request that failed; each further one waits twice as long, up to
    /// 30 s, less a random part. Where the server asks for another wait (`Retry-After`), that counts, up to 5 minutes.
    public var retryDelay = 500
    /// Makes the random part of the waits repeatable.
    public var jitterSeed: UInt64?
    /// Over how many connections one file comes at a time, 1…16, where the server takes ranges and a strong `ETag` or a
    /// known hash vouches for the parts.
    ///
    /// `nil`: one, and four as soon as the speed of the one leaves more than 64 MB of work for more than 5 seconds.
    public var segments: Int?
    /// Bytes a second that one file may take at most; `nil` for as many as come.
    public var byteRateLimit: Int?
    /// What the server is told about the program.
    public var userAgent = "zoo"

    /// The defaults.
    public init() {}

    /// The options that environment variables ask for.
    ///
    /// - `ZOO_MIRROR`: URLs and absolute paths, with spaces between them; see ``mirrors``.
    /// - `ZOO_CACHE_PATH`: folders, with colons between them; see ``searchPath``. One that has `hub/checkpoints` in it
    ///   stands for that.
    /// - `ZOO_OFFLINE`: anything but empty and `0` keeps zoo off the network.
    /// - `HF_TOKEN`: a credential for `HF_ENDPOINT`, or huggingface.co.
    /// - `CURL_CA_BUNDLE`, `SSL_CERT_FILE`, `SSL_CERT_DIR`: trusted certificates, as curl reads them.
    ///
    /// libcurl itself reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
    ///
    /// - Throws: ``FetchError`` if one of them makes no sense.
    public init(environment: [String: String]) throws(FetchError) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        mirrors = try Self.mirrors(value("ZOO_MIRROR") ?? "")
        searchPath = (value("ZOO_CACHE_PATH") ?? "").split(separator: ":").map { CacheDirectory(at: String($0)) }
        if let token = value("HF_TOKEN") {
            credentials = [try HuggingFaceFile.credential(token, environment: environment)]
        }
        isOffline = !["", "0"].contains(environment["ZOO_OFFLINE"] ?? "")
        certificateFile = value("CURL_CA_BUNDLE") ?? value("SSL_CERT_FILE")
        certificateFolder = value("CURL_CA_BUNDLE") == nil ? value("SSL_CERT_DIR") : nil
    }

    private static func mirrors(_ text: String) throws(FetchError) -> [Mirror] {
        // A folder may have spaces in its name; then it is the only place.
        let pieces = text.split(separator: " ")
        let arePlaces = pieces.allSatisfy { $0.hasPrefix("/") || $0.contains("://") }
        let bases = arePlaces || !text.hasPrefix("/") ? pieces : [Substring(text)]
        var mirrors: [Mirror] = []
        for base in bases {
            guard let mirror = Mirror(String(base)) else {
                throw FetchError(
                    .badRequest, "ZOO_MIRROR",
                    "'\(FetchURL.redacted(String(base)))' is neither an http, https or file URL nor an absolute path")
            }
            mirrors.append(mirror)
        }
        return mirrors
    }
}
