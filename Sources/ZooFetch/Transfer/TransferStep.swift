import ZooCache

/// What a request asks of the server.
struct TransferRequest: Sendable, Hashable {
    /// The first byte that is wanted; 0 asks for the whole file.
    var offset: Int
    /// Where the wanted bytes end; `nil` for the end of the file.
    var end: Int?
    /// The validator for `If-Range`: the range is wanted only of this version, else the whole file.
    var ifRange: String?

    static let wholeFile = TransferRequest(offset: 0)
}

/// What ``TransferStateMachine`` wants done with the body of a response.
enum BodyUse: Sendable, Hashable {
    /// Drop all bytes there are, record the source, and write what comes.
    case begin(ContentSource)
    /// Append what comes to the bytes there are.
    case proceed
    /// Stop reading this response; then report the end of it, whatever it was.
    case abandon
}

/// What ``TransferStateMachine`` wants done next.
enum TransferStep: Sendable, Hashable {
    /// Wait, then send a request.
    case send(TransferRequest, afterMilliseconds: Int)
    /// All bytes are there: compare them with what is expected, and report.
    case check
    /// Give the file its name.
    case publish
    /// Give up. `keepsBytes`: whether a later transfer may continue from the bytes there are.
    case fail(TransferFailure, keepsBytes: Bool)
}

/// How a response ended.
enum TransferEnding: Sendable, Hashable {
    /// The server sent all it announced.
    case finished
    /// The connection ended, and nothing says that the body did: its length was not announced, and TLS's own goodbye was
    /// missing. Whoever can cut the connection can do that.
    case unconfirmed
    /// The network or the server failed; `isTransient` if the same request may well succeed now.
    case broken(reason: String, isTransient: Bool)
}

/// Why a transfer gave up.
enum TransferFailure: Sendable, Hashable {
    /// The server's answer was an error.
    case status(Int)
    /// The server's answer was this error, and it asks for a longer wait than zoo is willing to make.
    case postponed(status: Int, seconds: Int)
    /// The network failed.
    case network(String)
    /// The body is compressed, though plain bytes were asked for.
    case encoded(String)
    /// The answer was to another question: a range that nobody asked for.
    case unaskedRange
    /// The body ended before all bytes were there.
    case short(received: Int, total: Int)
    /// Nothing says that the body was whole when the connection ended.
    case unconfirmed
    /// The body went on after all bytes were there.
    case overlong(total: Int)
    /// The server's file has another length than the one asked for.
    case wrongLength(found: Int, expected: Int)
    /// The bytes are not those asked for; the check knows why.
    case mismatch
}

extension TransferFailure {
    /// This failure, with the wait that the server asked for, if it asked.
    func postponed(bySeconds seconds: Int?) -> TransferFailure {
        guard case .status(let status) = self, let seconds else { return self }
        return .postponed(status: status, seconds: seconds)
    }
}
