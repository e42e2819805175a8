import ZooCache
public import ZooCore

/// A file could not be fetched.
public struct FetchError: ZooError {
    /// What went wrong.
    public enum Code: Sendable, Hashable {
        /// The URL or the file name makes no sense.
        case badRequest
        /// The network is needed, and `ZOO_OFFLINE` forbids it.
        case offline
        /// The server or the way to it failed, or the body broke off. What came is kept.
        case network
        /// The server answered with this HTTP status. What came before is kept.
        case status(Int)
        /// The server's answer cannot be used: compressed, too long, a range that was not asked for.
        case badAnswer
        /// The bytes are not those that were asked for; none are kept.
        case mismatch
        /// The cache or the disk refused. What came is kept.
        case storage
        /// The caller asked to stop. What came is kept.
        case cancelled
    }

    /// What went wrong.
    public let code: Code
    /// The file that was to be fetched.
    public let fileName: String
    /// Where from, without credentials; `nil` if it did not come to that.
    public let url: String?
    /// What happened and what to do, for a person.
    public let message: String
    /// The defect of the bytes, for ``Code/mismatch``.
    public let defect: FileDefect?
    /// The failed operation, for ``Code/storage``.
    public let cause: FileError?

    init(
        _ code: Code, _ fileName: String, url: String? = nil, _ message: String, defect: FileDefect? = nil,
        cause: FileError? = nil
    ) {
        self.code = code
        self.fileName = fileName
        self.url = url
        self.message = message
        self.defect = defect
        self.cause = cause
    }

    static func storage(_ fileName: String, _ cause: FileError) -> FetchError {
        FetchError(.storage, fileName, cause.description, cause: cause)
    }

    static func notAURL(_ text: String) -> FetchError {
        FetchError(
            .badRequest, FetchURL.redacted(text),
            "it is not an http, https or file URL; spaces in one are written as %20")
    }

    static func cancelled(_ fileName: String, url: String? = nil) -> FetchError {
        FetchError(.cancelled, fileName, url: url, "interrupted; run the same command again to continue")
    }

    /// The kind of failure, from which the exit code follows.
    public var kind: FailureKind {
        switch code {
        case .badRequest: .usage
        case .offline, .network, .status, .badAnswer: .transfer
        case .mismatch: .mismatch
        case .storage: .storage
        case .cancelled: .interrupted
        }
    }

    /// Whether another place may have the file all the same.
    var concernsOneSource: Bool {
        switch code {
        case .network, .status, .badAnswer, .mismatch: true
        case .badRequest, .offline, .storage, .cancelled: false
        }
    }

    /// This error, the last of those of several places.
    func following(_ earlier: [FetchError]) -> FetchError {
        guard !earlier.isEmpty else { return self }
        let others = earlier.map { "; before that \($0.url ?? "the first place"): \($0.message)" }.joined()
        return FetchError(code, fileName, url: url, message + others, defect: defect, cause: cause)
    }

    /// The file, the URL, what happened and what to do, in one line.
    public var description: String {
        "\(fileName): " + (url.map { "\($0): " } ?? "") + message
    }
}

extension FetchError {
    /// The error for what the state machine gave up on.
    static func failed(
        _ failure: TransferFailure, _ fileName: String, url: String, keeping byteCount: Int, defect: FileDefect?
    ) -> FetchError {
        let kept = byteCount > 0 ? "; \(byteCount) bytes are kept; run the same command again to continue" : ""
        switch failure {
        case .status(let status):
            return FetchError(.status(status), fileName, url: url, sentence(forStatus: status))
        case .postponed(let status, let seconds):
            return FetchError(
                .status(status), fileName, url: url,
                "the server asks to come back in \(seconds) seconds (HTTP \(status)); do so, or use a mirror")
        case .network(let reason):
            return FetchError(.network, fileName, url: url, reason + kept)
        case .short(let received, let total):
            return FetchError(
                .network, fileName, url: url, "the server ended the file after \(received) of \(total) bytes\(kept)")
        case .unconfirmed:
            return FetchError(
                .network, fileName, url: url,
                "the connection ended without a word on whether the file was whole (no length, no TLS close_notify): "
                    + "it may have been cut off; a known SHA-256 would tell, or use another mirror\(kept)")
        case .encoded(let encoding):
            return FetchError(
                .badAnswer, fileName, url: url,
                "the server sent the file with Content-Encoding '\(encoding)' though plain bytes were asked for; use another mirror"
            )
        case .unaskedRange:
            return FetchError(
                .badAnswer, fileName, url: url,
                "the server keeps sending another part than was asked for; use another mirror")
        case .overlong(let total):
            let defect = FileDefect(.sizeMismatch, "the server sent more than the \(total) bytes of the file")
            return FetchError(.mismatch, fileName, url: url, "\(defect.detail); use another mirror", defect: defect)
        case .wrongLength(let found, let expected):
            let defect = FileDefect(.sizeMismatch, "the server's file has \(found) bytes, \(expected) are expected")
            return FetchError(
                .mismatch, fileName, url: url, "\(defect.detail); the URL leads to another file or version",
                defect: defect)
        case .mismatch:
            let detail = defect?.detail ?? "the bytes are not those that were asked for"
            return FetchError(
                .mismatch, fileName, url: url,
                "fetched and thrown away: \(detail); the URL leads to another file or version", defect: defect)
        }
    }

    private static func sentence(forStatus status: Int) -> String {
        switch status {
        case 401: "the server asks for credentials (HTTP 401); for Hugging Face, set HF_TOKEN"
        case 403: "the server refuses access (HTTP 403); check the URL, or use a mirror with ZOO_MIRROR"
        case 408: "the server lost patience (HTTP 408); try again"
        case 404, 410: "the server has no such file (HTTP \(status)); check the name and the URL"
        case 407: "the proxy asks for credentials (HTTP 407); check http_proxy and https_proxy"
        case 429: "the server is asked too often (HTTP 429); try again later"
        case 500...: "the server failed (HTTP \(status)); try again later"
        default: "the server answered with HTTP status \(status) instead of the file; check the URL"
        }
    }
}
