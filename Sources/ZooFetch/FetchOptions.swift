/// How files are fetched.
public struct FetchOptions: Sendable, Hashable {
    /// Where files are taken from instead of their own URLs.
    public var mirror: Mirror?
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
    /// - `ZOO_MIRROR`: a URL or an absolute path; files are fetched from `ZOO_MIRROR/<file name>`.
    /// - `ZOO_OFFLINE`: anything but empty and `0` keeps zoo off the network.
    /// - `CURL_CA_BUNDLE`, `SSL_CERT_FILE`, `SSL_CERT_DIR`: trusted certificates, as curl reads them.
    ///
    /// libcurl itself reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
    ///
    /// - Throws: ``FetchError`` if `ZOO_MIRROR` is neither a URL nor an absolute path.
    public init(environment: [String: String]) throws(FetchError) {
        if let base = environment["ZOO_MIRROR"], !base.isEmpty {
            guard let mirror = Mirror(base) else {
                throw FetchError(
                    .badRequest, "ZOO_MIRROR", "'\(base)' is neither an http, https or file URL nor an absolute path")
            }
            self.mirror = mirror
        }
        isOffline = !["", "0"].contains(environment["ZOO_OFFLINE"] ?? "")
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        certificateFile = value("CURL_CA_BUNDLE") ?? value("SSL_CERT_FILE")
        certificateFolder = value("CURL_CA_BUNDLE") == nil ? value("SSL_CERT_DIR") : nil
    }
}
