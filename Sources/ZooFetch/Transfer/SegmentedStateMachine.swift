import ZooCache

/// Decides what a transfer over several connections does next; does nothing itself.
///
/// Each connection (a slot) fetches one piece of the file after another. A body is used only if it answers exactly the
/// range that was asked for, of the version that is recorded; any other sign of a server that cannot do that, or of
/// another version, ends the division: ``Step/fallBack``. A connection that keeps failing is given up and its piece
/// left to the others; the last one's failure is the transfer's.
struct SegmentedStateMachine: Sendable {
    enum Step: Sendable, Hashable {
        /// Wait, then send a request on that slot.
        case send(TransferRequest, on: Int, afterMilliseconds: Int)
        /// All bytes are there.
        case check
        /// Stop all connections and go on with one, from the bytes at the start of the file.
        case fallBack
        /// Give up; the bytes stay.
        case fail(TransferFailure)
    }

    private enum Verdict: Sendable, Hashable {
        case fallBack
        case failed(TransferFailure, isTransient: Bool, wait: Int?)
    }

    private struct Slot: Sendable {
        /// What is still missing of its piece; empty while it rests.
        var piece = 0..<0
        /// Whether the answer goes on behind the piece: the stream of a request for everything.
        var isOpenEnded = false
        var isReceiving = false
        var isRetired = false
        var verdict: Verdict?
        var attempts = 0
        var startOfAnswer = 0
        var backoff: Backoff
    }

    private let source: ContentSource
    private let total: Int
    private let ifRange: String?
    private let limits: TransferStateMachine.Limits
    private var queue: [Range<Int>]
    private var slots: [Slot]

    /// Whether parts are joined that no validator vouches for.
    var joinsBlindly: Bool { ifRange == nil }

    /// Creates the machine.
    ///
    /// - Parameters:
    ///   - source: The recorded version, of which `total` bytes are to come.
    ///   - present: What is there, by offset.
    ///   - count: The number of connections.
    ///   - streamPosition: Where the next byte of a stream belongs that flows already, on slot 0, to the end of the file.
    init(
        url: String, source: ContentSource, total: Int, present: [Range<Int>], count: Int, streamPosition: Int? = nil,
        limits: TransferStateMachine.Limits = .init()
    ) {
        self.source = source
        self.total = total
        self.limits = limits
        ifRange = source.url == url ? source.validator : nil
        queue = SegmentPlan.queue(present, total: total, count: max(count, 1))
        slots = (0..<max(count, 1)).map { number in
            var backoff = limits.backoff
            backoff.seed = backoff.seed.map { $0 &+ UInt64(number) }
            return Slot(backoff: backoff)
        }
        if let streamPosition, let first = queue.firstIndex(where: { $0.lowerBound == streamPosition }) {
            slots[0].piece = queue.remove(at: first)
            slots[0].isOpenEnded = true
            slots[0].isReceiving = true
            slots[0].startOfAnswer = streamPosition
        }
    }

    // MARK: Reports

    /// The transfer begins.
    mutating func start() -> [Step] {
        let steps = slots.indices.filter { slots[$0].piece.isEmpty }.compactMap { sendNext(on: $0) }
        return steps.isEmpty && isDone ? [.check] : steps
    }

    /// The final response began on `slot`.
    ///
    /// - Returns: Whether the body is wanted.
    mutating func received(_ head: ResponseHead, on slot: Int) -> Bool {
        switch head.status {
        case 206 where continuesSource(head, slots[slot].piece):
            slots[slot].isReceiving = true
            return true
        case 200, 206, 416: slots[slot].verdict = .fallBack
        case 408, 429, 500...:
            slots[slot].verdict = .failed(.status(head.status), isTransient: true, wait: head.retryAfterSeconds)
        default: slots[slot].verdict = .failed(.status(head.status), isTransient: false, wait: nil)
        }
        return false
    }

    /// A piece of the body came.
    ///
    /// - Returns: Where it belongs, how much of it to use, and whether to read on.
    mutating func received(byteCount count: Int, on slot: Int) -> (offset: Int, count: Int, goesOn: Bool) {
        let piece = slots[slot].piece
        guard slots[slot].isReceiving, slots[slot].verdict == nil else { return (piece.lowerBound, 0, false) }
        if count > piece.count, !slots[slot].isOpenEnded {
            slots[slot].verdict = .fallBack
            return (piece.lowerBound, 0, false)
        }
        let used = min(count, piece.count)
        slots[slot].piece = piece.lowerBound + used..<piece.upperBound
        return (piece.lowerBound, used, used < piece.count || !slots[slot].isOpenEnded)
    }

    /// The response on `slot` ended.
    mutating func ended(_ ending: TransferEnding, on slot: Int) -> [Step] {
        let verdict = slots[slot].verdict
        slots[slot].isOpenEnded = false
        slots[slot].verdict = nil
        defer { slots[slot].isReceiving = false }
        if verdict == .fallBack { return [.fallBack] }
        if slots[slot].isReceiving, slots[slot].piece.isEmpty {
            slots[slot].attempts = 0
            if let step = sendNext(on: slot) { return [step] }
            return isDone ? [.check] : []
        }
        if case .failed(let failure, let isTransient, let wait) = verdict {
            return isTransient ? retry(slot, failure, wait) : retire(slot, failure)
        }
        switch ending {
        case .finished, .unconfirmed:
            return retry(slot, .short(received: slots[slot].piece.lowerBound, total: slots[slot].piece.upperBound), nil)
        case .broken(let reason, let isTransient):
            return isTransient ? retry(slot, .network(reason), nil) : retire(slot, .network(reason))
        }
    }

    // MARK: Answers

    private func continuesSource(_ head: ResponseHead, _ piece: Range<Int>) -> Bool {
        guard head.isPlain, let range = head.contentRange?.range, range == piece.lowerBound...piece.upperBound - 1,
            head.contentRange?.total ?? total == total, head.contentLength ?? piece.count == piece.count
        else { return false }
        guard ifRange != nil else { return true }
        if let old = source.etag, let new = head.etag, old != new { return false }
        if let old = source.lastModified, let new = head.lastModified, old != new { return false }
        return true
    }

    // MARK: What comes next

    private var isDone: Bool { queue.isEmpty && slots.allSatisfy { $0.piece.isEmpty } }

    private mutating func sendNext(on slot: Int) -> Step? {
        guard !queue.isEmpty, !slots[slot].isRetired else { return nil }
        slots[slot].piece = queue.removeFirst()
        return send(on: slot, afterMilliseconds: 0)
    }

    private mutating func send(on slot: Int, afterMilliseconds delay: Int) -> Step {
        let piece = slots[slot].piece
        slots[slot].startOfAnswer = piece.lowerBound
        let request = TransferRequest(offset: piece.lowerBound, end: piece.upperBound, ifRange: ifRange)
        return .send(request, on: slot, afterMilliseconds: delay)
    }

    private mutating func retry(_ slot: Int, _ failure: TransferFailure, _ wait: Int?) -> [Step] {
        let brought = slots[slot].piece.lowerBound - slots[slot].startOfAnswer
        slots[slot].attempts = brought >= limits.progressByteCount ? 1 : slots[slot].attempts + 1
        guard slots[slot].attempts < limits.attempts,
            let delay = slots[slot].backoff.delay(beforeRepetition: slots[slot].attempts, askedFor: wait)
        else { return retire(slot, failure.postponed(bySeconds: wait)) }
        return [send(on: slot, afterMilliseconds: delay)]
    }

    /// Gives the connection up and leaves its piece to the others.
    private mutating func retire(_ slot: Int, _ failure: TransferFailure) -> [Step] {
        queue.insert(slots[slot].piece, at: 0)
        slots[slot].piece = 0..<0
        slots[slot].isRetired = true
        guard slots.contains(where: { !$0.isRetired }) else { return [.fail(failure)] }
        // A connection that rests takes it; else the next one that has done its own.
        for other in slots.indices where slots[other].piece.isEmpty {
            if let step = sendNext(on: other) { return [step] }
        }
        return []
    }
}
