import ZooCore

/// What a server said before the body, as far as a transfer depends on it.
struct ResponseHead: Sendable, Hashable {
    /// The HTTP status.
    var status: Int
    /// `Content-Length`: the length of this body in bytes.
    var contentLength: Int?
    /// `Content-Range`, if it could be read.
    var contentRange: ContentRange?
    var etag: String?
    var lastModified: String?
    var date: String?
    var contentEncoding: String?
    /// `Retry-After`: a number of seconds, or a date.
    var retryAfter: String?
    /// Whether the server takes requests for ranges of this file, as far as it says (`Accept-Ranges`).
    var acceptsRanges = false
    /// Where a redirect leads.
    var location: String?
    /// Hugging Face: the SHA-256 of a large file, or the git hash of a small one (`X-Linked-Etag`).
    var linkedETag: String?
    /// Hugging Face: the length of the file that a redirect leads to (`X-Linked-Size`).
    var linkedByteCount: Int?
    /// When the head came, in seconds since 1970; counts where the server does not tell its own time.
    var receivedAt: Int?

    /// Whether it is of HTTP/1, whose bodies may end with the connection.
    private var isOfHTTP1 = false
    private var isChunked = false

    init(status: Int) {
        self.status = status
    }

    /// The beginning of a response: its status line, for example `HTTP/1.1 206 Partial Content`.
    init?(statusLine line: String) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/"), let status = Int(parts[1]) else { return nil }
        self.init(status: status)
        isOfHTTP1 = parts[0].hasPrefix("HTTP/1")
    }

    /// Adds one `Name: value` line. Lines that no transfer depends on, or that are none, change nothing.
    mutating func add(line: String) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = Self.trimmed(line[line.index(after: colon)...])
        switch line[..<colon].lowercased() {
        case "content-length": contentLength = Self.number(value)
        case "content-range": contentRange = ContentRange(value)
        case "etag": etag = value
        case "last-modified": lastModified = value
        case "date": date = value
        case "content-encoding": contentEncoding = value
        case "retry-after": retryAfter = value
        case "accept-ranges": acceptsRanges = value.lowercased() == "bytes"
        case "location": location = value
        case "transfer-encoding": isChunked = value.lowercased().hasSuffix("chunked")
        case "x-linked-etag": linkedETag = value
        case "x-linked-size": linkedByteCount = Self.number(value)
        default: break
        }
    }

    /// Whether the body is the file itself and not a compressed form of it.
    var isPlain: Bool {
        guard let contentEncoding else { return true }
        return contentEncoding.isEmpty || contentEncoding.lowercased() == "identity"
    }

    /// Whether nothing but the end of the connection tells where the body ends (RFC 9112, 6.3).
    var endsWithConnection: Bool { isOfHTTP1 && contentLength == nil && !isChunked }

    /// `Last-Modified`, unless the file may have changed twice in that second (RFC 9110, 8.8.2.2).
    var reliableLastModified: String? {
        lastModified == date ? nil : lastModified
    }

    /// The seconds that `Retry-After` asks to wait; 0 for a date that is past.
    ///
    /// A date is taken relative to the server's own `Date`, so that a wrong clock here does no harm.
    var retryAfterSeconds: Int? {
        guard let retryAfter else { return nil }
        if let seconds = Self.number(retryAfter) { return seconds }
        guard let then = HTTPDate.seconds(retryAfter), let now = date.flatMap(HTTPDate.seconds) ?? receivedAt else {
            return nil
        }
        return max(then - now, 0)
    }

    static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}

/// The value of `Content-Range`: `bytes 100-199/200`, `bytes 100-199/*` or, with status 416, `bytes */200`.
struct ContentRange: Sendable, Hashable {
    /// The bytes in this body; `nil` with status 416.
    var range: ClosedRange<Int>?
    /// The length of the whole file, if the server told it.
    var total: Int?

    init(range: ClosedRange<Int>?, total: Int?) {
        self.range = range
        self.total = total
    }

    /// Reads the value; `nil` unless it follows RFC 9110, 14.4.
    init?(_ value: String) {
        guard value.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = value.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        total = ResponseHead.number(parts[1])
        guard total != nil || parts[1] == "*" else { return nil }
        if parts[0] == "*" { return }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = ResponseHead.number(ends[0]), let last = ResponseHead.number(ends[1]),
            first <= last, last < total ?? .max
        else { return nil }
        range = first...last
    }
}
