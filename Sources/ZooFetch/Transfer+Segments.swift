import ZooCache
import ZooCore

/// Several connections for one file: carries out what ``SegmentedStateMachine`` decides.
extension Transfer {
    private static let automaticCount = 4
    /// Seconds after which the speed of one connection is known.
    private static let trialSeconds = 1.0
    /// Seconds that the rest must take for four connections to be worth their making.
    private static let worthwhileSeconds = 5.0
    private static let worthwhileByteCount = 64_000_000

    /// Continues at once with several pieces where an earlier transfer left gaps between bytes.
    ///
    /// - Returns: `nil` if there are none, or if nothing would vouch for the parts; those behind a gap are given up then.
    func resumeSegments() throws(FetchError) -> TransferStep? {
        guard hasGaps else { return nil }
        if canSplit { return try runSegments(fetcher.options.segments ?? Self.automaticCount, streamPosition: nil) }
        return try fallBack()
    }

    /// Over how many connections to go on with the answer that flows on slot 0, if over several.
    func segmentsToSplitInto(since start: ContinuousClock.Instant, brought: Int) -> Int? {
        guard maySplit, answers[0].isHeadReported, let head = answers[0].head, canSplit, let total = totalByteCount,
            head.status == 206 || head.status == 200 && head.acceptsRanges, let present = partial?.byteCount
        else { return nil }
        let left = total - present
        if let count = fetcher.options.segments {
            return left >= 2 * SegmentPlan.smallestPiece ? count : nil
        }
        let seconds = start.secondsUntilNow
        guard seconds >= Self.trialSeconds, left >= Self.worthwhileByteCount,
            Double(left) * seconds > Self.worthwhileSeconds * Double(max(brought, 1))
        else { return nil }
        return Self.automaticCount
    }

    private var hasGaps: Bool { (partial?.ranges.count ?? 0) > 1 }

    /// Whether the parts of several connections can be trusted to belong together.
    private var canSplit: Bool {
        guard maySplit, url.needsNetwork, fetcher.options.segments != 1 || hasGaps,
            let source = partial?.source, source.totalByteCount ?? expected.byteCount != nil
        else { return false }
        let hasStrongTag = source.url == url.identity && source.etag?.hasPrefix("\"") == true
        return expected.hasHash || hasStrongTag && source.validator != nil
    }

    /// Fetches all that is missing over `count` connections.
    ///
    /// - Parameter streamPosition: Where the next byte belongs of the answer that flows already on slot 0.
    /// - Returns: What comes next: the check, a request for the rest over one connection, or giving up.
    func runSegments(_ count: Int, streamPosition: Int?) throws(FetchError) -> TransferStep {
        guard let source = partial?.source, let total = totalByteCount, let present = partial?.ranges else {
            return try fallBack()
        }
        let count = min(max(count, 1), SegmentPlan.largestCount)
        segments = SegmentedStateMachine(
            url: url.identity, source: source, total: total, present: present, count: count,
            streamPosition: streamPosition, limits: limits)
        defer {
            segments = nil
            for slot in 0..<count { connections?.stop(slot) }
        }
        var steps = segments?.start() ?? []
        var waiting: [(slot: Int, request: TransferRequest, due: ContinuousClock.Instant)] = []
        while true {
            for step in steps {
                switch step {
                case .send(let request, let slot, let delay):
                    waiting.append((slot, request, ContinuousClock.now + .milliseconds(delay)))
                case .check:
                    return machine.completed(
                        resumedFrom: keptByteCount, blindly: segments?.joinsBlindly ?? true)
                case .fallBack: return try fallBack()
                case .fail(let failure): return .fail(failure, keepsBytes: true)
                }
            }
            steps = []
            if shouldStop { try throwFailure() }
            let now = ContinuousClock.now
            for entry in waiting where entry.due <= now {
                if let result = try send(entry.request, on: entry.slot) { steps += ended(result, on: entry.slot) }
            }
            waiting.removeAll { $0.due <= now }
            if steps.isEmpty { steps = receive(isIdle: waiting.count == count) }
            try throwFailure()
        }
    }

    /// Receives what comes, or sleeps a little if no request is under way.
    private func receive(isIdle: Bool) -> [SegmentedStateMachine.Step] {
        if isIdle {
            report(.pausing)
            Fetcher.sleep(milliseconds: 20)
        }
        return (connections?.next() ?? []).flatMap { ended($0.result, on: $0.slot) }
    }

    private func ended(_ result: CurlResult, on slot: Int) -> [SegmentedStateMachine.Step] {
        if failure == nil, result.isFinished, !answers[slot].isHeadReported { _ = reportHead(on: slot) }
        let ending: TransferEnding =
            result.isFinished ? .finished : .broken(reason: result.sentence, isTransient: result.isTransient)
        return segments?.ended(ending, on: slot) ?? []
    }

    /// Goes on with one connection from the bytes at the start of the file; those behind a gap are given up.
    private func fallBack() throws(FetchError) -> TransferStep {
        maySplit = false
        do throws(FileError) {
            try partial?.keepOnlyPrefix()
        } catch {
            throw .storage(fileName, error)
        }
        machine = TransferStateMachine(
            url: url.identity, byteCount: partial?.prefixByteCount ?? 0, source: partial?.source, expected: expected,
            limits: limits)
        for slot in answers.indices { connections?.stop(slot) }
        return machine.start()
    }
}
