import ZooCache

/// Decides what a transfer does next; does nothing itself.
///
/// The caller reports what happened and does what comes back. The rules:
///
/// - Bytes of two versions of a file are never joined. A range is asked for with `If-Range`, and what comes is used only
///   if offset, total length, `ETag` and `Last-Modified` agree with those recorded; else the file is fetched anew.
/// - Without a validator that `If-Range` takes (a weak `ETag` is none), a range is asked for only if a hash will show
///   whether the parts belong together.
/// - A body is complete when it has the announced length; shorter and longer ones are errors. One whose length was not
///   announced ends with the connection; over TLS only if the server said goodbye, or a hash vouches for it.
/// - What may be transient (broken connections, statuses 408, 429 and 5xx) is tried again, from the last byte, up to
///   ``Limits/attempts`` times without progress, after the wait that ``Backoff`` or the server's `Retry-After` demands.
///
/// Order of reports for each request: ``received(_:)`` once, ``received(byteCount:)`` for each piece, ``ended(_:)`` once.
struct TransferStateMachine: Sendable {
    /// How often the machine tries.
    struct Limits: Sendable, Hashable {
        /// Requests in a row that bring less than ``progressByteCount``.
        var attempts = 3
        /// Times that bytes are given up to fetch the whole file anew.
        var restarts = 3
        /// How many new bytes count as progress.
        var progressByteCount = 1 << 20
        /// The waits between requests.
        var backoff = Backoff()
    }

    private enum State: Sendable, Hashable {
        case idle
        case requested
        case receiving
        /// The response is of no use; after its end this comes next.
        case abandoning(TransferStep)
        case checking
        case ended
    }

    private let expected: ExpectedContent
    private let limits: Limits
    private var state = State.idle
    private var request = TransferRequest.wholeFile
    /// The bytes there are, counted from the start of the file, and where they come from.
    private var byteCount: Int
    private var source: ContentSource?
    /// Whether the record is of the same URL, so that its validators mean something to this server.
    private let isSameURL: Bool
    private let url: String
    private var byteCountAtRequest = 0
    /// Where the answer said that the file ends.
    private var announcedEnd: Int?
    /// Whether the connection ended without a word on whether the body was whole.
    private var isUnconfirmed = false
    private var attempts = 0
    private var restarts = 0
    private var backoff: Backoff
    /// Whether parts were joined that no validator vouches for.
    private var joinedBlindly = false

    /// The first byte that this transfer asked for and got.
    private(set) var resumedFrom = 0

    /// Creates the machine.
    ///
    /// - Parameters:
    ///   - url: Names the source, as it will be recorded.
    ///   - byteCount: The bytes that an earlier transfer left.
    ///   - source: Where those come from.
    ///   - expected: What is known about the file.
    ///   - limits: How often to try.
    init(
        url: String, byteCount: Int = 0, source: ContentSource? = nil, expected: ExpectedContent = ExpectedContent(),
        limits: Limits = Limits()
    ) {
        self.url = url
        self.byteCount = source == nil ? 0 : byteCount
        self.source = source
        self.expected = expected
        self.limits = limits
        backoff = limits.backoff
        isSameURL = source?.url == url
    }

    // MARK: Reports

    /// The transfer begins.
    mutating func start() -> TransferStep {
        if byteCount > 0, byteCount == total {
            state = .checking
            resumedFrom = byteCount
            joinedBlindly = true
            return .check
        }
        return send(afterMilliseconds: 0)
    }

    /// The final response began (not a redirect, not `100 Continue`).
    mutating func received(_ head: ResponseHead) -> BodyUse {
        switch head.status {
        case 200: return receivedWhole(head)
        case 206: return receivedRange(head)
        case 416 where request.offset > 0: return receivedUnsatisfiable(head)
        case 408, 429, 500...: return abandon(retry(after: .status(head.status), wait: head.retryAfterSeconds))
        default: return abandon(.fail(.status(head.status), keepsBytes: true))
        }
    }

    /// A piece of the body came.
    ///
    /// - Returns: Whether to write it; if not, the response is to be abandoned.
    mutating func received(byteCount count: Int) -> Bool {
        guard state == .receiving else { return false }
        let total = total ?? .max
        guard count <= total - byteCount else {
            state = .abandoning(.fail(.overlong(total: total), keepsBytes: false))
            return false
        }
        byteCount += count
        return true
    }

    /// The response ended.
    mutating func ended(_ ending: TransferEnding) -> TransferStep {
        if case .abandoning(let next) = state { return enter(next) }
        switch ending {
        case .broken(let reason, let isTransient):
            return enter(isTransient ? retry(after: .network(reason)) : .fail(.network(reason), keepsBytes: true))
        case .finished, .unconfirmed:
            if let total, byteCount < total {
                return enter(retry(after: .short(received: byteCount, total: total)))
            }
            isUnconfirmed = ending == .unconfirmed && total == nil
            return enter(isUnconfirmed && !expected.hasHash ? retry(after: .unconfirmed) : .check)
        }
    }

    /// Several connections brought all bytes that were missing.
    ///
    /// - Parameter blindly: Whether no validator vouched for the parts.
    mutating func completed(resumedFrom: Int, blindly: Bool) -> TransferStep {
        joinedBlindly = joinedBlindly || blindly
        self.resumedFrom = resumedFrom
        return enter(.check)
    }

    /// The bytes were compared with what is expected.
    mutating func checked(matches: Bool) -> TransferStep {
        if matches { return enter(.publish) }
        if isUnconfirmed, !joinedBlindly { return enter(retry(after: .unconfirmed)) }
        // Parts that nothing vouched for may be of two versions: fetch one version whole.
        return joinedBlindly ? enter(restart(orFail: .mismatch)) : enter(.fail(.mismatch, keepsBytes: false))
    }

    // MARK: Responses

    private mutating func receivedWhole(_ head: ResponseHead) -> BodyUse {
        guard head.isPlain else { return abandon(.fail(.encoded(head.contentEncoding ?? ""), keepsBytes: true)) }
        if let expected = expected.byteCount, let found = head.contentLength, expected != found {
            return abandon(.fail(.wrongLength(found: found, expected: expected), keepsBytes: true))
        }
        // The server may not know ranges: what comes then is no progress for ever.
        if request.offset > 0 { restarts += 1 }
        let source = ContentSource(
            url: url, etag: head.etag, lastModified: head.reliableLastModified, totalByteCount: head.contentLength)
        self.source = source
        byteCount = 0
        byteCountAtRequest = 0
        announcedEnd = nil
        resumedFrom = 0
        joinedBlindly = false
        state = .receiving
        return .begin(source)
    }

    private mutating func receivedRange(_ head: ResponseHead) -> BodyUse {
        guard request.offset > 0 else { return abandon(.fail(.unaskedRange, keepsBytes: true)) }
        guard head.isPlain else { return abandon(.fail(.encoded(head.contentEncoding ?? ""), keepsBytes: true)) }
        guard continuesSource(head) else { return abandon(restart(orFail: .unaskedRange)) }
        joinedBlindly = joinedBlindly || request.ifRange == nil
        if resumedFrom == 0 { resumedFrom = request.offset }
        announcedEnd = head.contentRange?.range.map { $0.upperBound + 1 }
        state = .receiving
        return .proceed
    }

    /// Whether the body of `head` is the rest of the file whose beginning is there.
    private func continuesSource(_ head: ResponseHead) -> Bool {
        guard let source, let range = head.contentRange?.range, range.lowerBound == request.offset else { return false }
        let length = range.upperBound - range.lowerBound + 1
        if let announced = head.contentLength, announced != length { return false }
        let total = source.totalByteCount ?? expected.byteCount
        if let found = head.contentRange?.total, found != total ?? found { return false }
        guard range.upperBound + 1 == total ?? head.contentRange?.total else { return false }
        return isSameVersion(head)
    }

    /// Whether nothing in `head` contradicts that it is of the recorded version.
    private func isSameVersion(_ head: ResponseHead) -> Bool {
        guard let source, url == source.url else { return true }
        if let old = source.etag, let new = head.etag, old != new { return false }
        if let old = source.lastModified, let new = head.lastModified, old != new { return false }
        return true
    }

    /// 416: the server has nothing from there on. If it has exactly what is there, that was all: a hash will show, or it
    /// was asked about this version alone.
    private mutating func receivedUnsatisfiable(_ head: ResponseHead) -> BodyUse {
        if let range = head.contentRange, range.total == byteCount,
            expected.hasHash || request.ifRange != nil && isSameVersion(head)
        {
            resumedFrom = byteCount
            joinedBlindly = true
            return abandon(.check)
        }
        return abandon(restart(orFail: .status(head.status)))
    }

    // MARK: What comes next

    /// The length of the whole file, as far as anybody said.
    private var total: Int? { source?.totalByteCount ?? expected.byteCount ?? announcedEnd }

    private mutating func abandon(_ next: TransferStep) -> BodyUse {
        state = .abandoning(next)
        return .abandon
    }

    private mutating func enter(_ action: TransferStep) -> TransferStep {
        switch action {
        case .send(let request, _):
            state = .requested
            self.request = request
            byteCountAtRequest = byteCount
            isUnconfirmed = false
        case .check: state = .checking
        default: state = .ended
        }
        return action
    }

    private mutating func send(afterMilliseconds delay: Int) -> TransferStep {
        enter(.send(nextRequest(), afterMilliseconds: delay))
    }

    /// Asks for the rest where that is safe, else for everything.
    private func nextRequest() -> TransferRequest {
        guard byteCount > 0, let source else { return .wholeFile }
        if source.url == url, let validator = source.validator {
            return TransferRequest(offset: byteCount, ifRange: validator)
        }
        return expected.hasHash ? TransferRequest(offset: byteCount) : .wholeFile
    }

    /// The same again after a wait; `wait` is the number of seconds that the server asked for.
    private mutating func retry(after failure: TransferFailure, wait: Int? = nil) -> TransferStep {
        attempts = byteCount - byteCountAtRequest >= limits.progressByteCount ? 1 : attempts + 1
        guard attempts < limits.attempts else { return .fail(failure, keepsBytes: true) }
        guard let delay = backoff.delay(beforeRepetition: attempts, askedFor: wait) else {
            return .fail(failure.postponed(bySeconds: wait), keepsBytes: true)
        }
        let request = nextRequest()
        if request.offset == 0, byteCount > 0 { restarts += 1 }
        guard restarts <= limits.restarts else { return .fail(failure, keepsBytes: true) }
        return .send(request, afterMilliseconds: delay)
    }

    private mutating func restart(orFail failure: TransferFailure) -> TransferStep {
        restarts += 1
        guard restarts <= limits.restarts else { return .fail(failure, keepsBytes: false) }
        byteCount = 0
        source = nil
        announcedEnd = nil
        return .send(.wholeFile, afterMilliseconds: 0)
    }
}

extension ContentSource {
    /// What `If-Range` may hold: a strong `ETag`, or else the date (RFC 9110, 13.1.5).
    var validator: String? {
        let validator = etag?.hasPrefix("\"") == true ? etag : lastModified
        // It comes from a file and goes into a header.
        return validator?.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } == true ? validator : nil
    }
}
