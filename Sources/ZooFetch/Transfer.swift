import Glibc
import SystemPackage
import ZooCache
import ZooCore

/// Carries out what ``TransferStateMachine`` decides, for one file, on the thread that calls ``run()``.
final class Transfer: CurlReceiver {
    let url: FetchURL
    let expected: ExpectedContent
    private let cache: CacheDirectory
    let fetcher: Fetcher
    private let observer: FetchObserver
    let fileName: String

    var machine: TransferStateMachine
    var partial: PartialFile?
    var connections: CurlConnections?
    /// The answers by slot; one connection alone has slot 0.
    var answers: [Answer] = []
    /// While several connections share the work.
    var segments: SegmentedStateMachine?
    var maySplit = true
    let limits: TransferStateMachine.Limits
    /// How many bytes an earlier transfer left.
    let keptByteCount: Int
    /// What stopped the transfer from this side.
    var failure: FetchError?
    private var defect: FileDefect?
    private(set) var bytesTransferred = 0
    let start = ContinuousClock.now
    private let deadline: ContinuousClock.Instant?

    init(
        _ url: FetchURL, _ partial: consuming PartialFile, expected: ExpectedContent, cache: CacheDirectory,
        fetcher: Fetcher, observer: FetchObserver
    ) {
        self.url = url
        self.expected = expected
        self.cache = cache
        self.fetcher = fetcher
        self.observer = observer
        fileName = partial.fileName
        var limits = TransferStateMachine.Limits()
        limits.attempts = fetcher.options.retries + 1
        limits.backoff.firstDelay = fetcher.options.retryDelay
        limits.backoff.seed = fetcher.options.jitterSeed ?? UInt64.random(in: .min ... .max)
        deadline = fetcher.options.totalTimeout.map { ContinuousClock.now + .seconds($0) }
        self.limits = limits
        keptByteCount = partial.byteCount
        machine = TransferStateMachine(
            url: url.identity, byteCount: partial.prefixByteCount, source: partial.source, expected: expected,
            limits: limits)
        self.partial = consume partial
    }

    /// Fetches, checks and publishes. The partial file is let go at the end, whatever the end.
    ///
    /// - Returns: `nil` if another host took this process for dead and goes on with the download.
    func run() throws(FetchError) -> FetchOutcome? {
        var step = try resumeSegments() ?? machine.start()
        while true {
            switch step {
            case .send(let request, let delay):
                try pause(milliseconds: delay)
                step = try perform(request)
            case .check: step = machine.checked(matches: try isSound())
            case .publish: return try publish()
            case .fail(let failure, let keepsBytes): throw giveUp(failure, keepsBytes: keepsBytes)
            }
        }
    }

    // MARK: One request

    /// What came so far in answer to one request.
    struct Answer {
        /// The last response head that began; redirects have one each.
        var head: ResponseHead?
        var isHeadReported = false
    }

    private func perform(_ request: TransferRequest) throws(FetchError) -> TransferStep {
        var result = try send(request, on: 0)
        let began = (time: ContinuousClock.now, byteCount: bytesTransferred)
        while result == nil {
            if shouldStop { break }
            result = connections?.next().first?.result
            if result == nil,
                let count = segmentsToSplitInto(since: began.time, brought: bytesTransferred - began.byteCount)
            {
                return try runSegments(count, streamPosition: partial?.prefixByteCount)
            }
        }
        let ending = result ?? .stopped
        if result == nil { connections?.stop(0) }
        if failure == nil, ending.isFinished, !answers[0].isHeadReported { _ = reportHead(on: 0) }
        try throwFailure()
        if ending.isFinished { return machine.ended(ending.isUnconfirmed ? .unconfirmed : .finished) }
        return machine.ended(.broken(reason: ending.sentence, isTransient: ending.isTransient))
    }

    /// Sends a request.
    ///
    /// - Returns: `nil` if it is under way.
    func send(_ request: TransferRequest, on slot: Int) throws(FetchError) -> CurlResult? {
        guard let connections = connections ?? CurlConnections() else {
            throw FetchError(.network, fileName, "libcurl cannot start: out of memory")
        }
        self.connections = connections
        while answers.count <= slot { answers.append(Answer()) }
        // A file has no response head.
        answers[slot] = Answer(head: url.needsNetwork ? nil : ResponseHead(status: 200))
        return connections.send(
            CurlRequest(url: url, request: request, options: fetcher.options), on: slot, receiver: self)
    }

    /// Throws what stopped the transfer from this side, if something did.
    func throwFailure() throws(FetchError) {
        guard let failure else { return }
        record()
        throw failure
    }

    func receive(headerLine line: RawSpan, on slot: Int) {
        guard url.needsNetwork, let line = String(validatingUTF8: line) else { return }
        if let next = ResponseHead(statusLine: line) {
            answers[slot].head = next
        } else {
            answers[slot].head?.add(line: line)
        }
        // The empty line: the head is complete.
        if line.first?.isNewline == true, let head = answers[slot].head {
            connections?.expectEndOfConnection(head.endsWithConnection, on: slot)
        }
    }

    func receive(body bytes: RawSpan, on slot: Int) -> Bool {
        guard answers[slot].isHeadReported || reportHead(on: slot), !shouldStop else { return false }
        var goesOn = true
        do throws(FileError) {
            if let use = segments?.received(byteCount: bytes.byteCount, on: slot) {
                try partial?.write(bytes.extracting(0..<use.count), at: use.offset)
                bytesTransferred += use.count
                goesOn = use.goesOn
            } else {
                guard machine.received(byteCount: bytes.byteCount) else { return false }
                try partial?.append(bytes)
                bytesTransferred += bytes.byteCount
            }
        } catch {
            failure = .storage(fileName, error)
            return false
        }
        report()
        return goesOn && holdBack()
    }

    /// Whether something on this side ends the transfer; asked at least every ``CurlConnections/pollInterval``.
    var shouldStop: Bool {
        partial?.keepAlive()
        if failure == nil, observer.isCancelled() { failure = .cancelled(fileName, url: url.display) }
        if failure == nil, let deadline, ContinuousClock.now >= deadline { failure = lateness }
        return failure != nil
    }

    /// Sleeps as long as the transfer is ahead of the rate it may have; the server's sending stops by itself meanwhile.
    ///
    /// libcurl's own limit (`CURLOPT_MAX_RECV_SPEED_LARGE`) lets megabytes pass before it holds, and counts for each
    /// connection apart.
    ///
    /// - Returns: Whether to go on.
    private func holdBack() -> Bool {
        guard let rate = fetcher.options.byteRateLimit, rate > 0 else { return true }
        let due = start + .seconds(Double(bytesTransferred) / Double(rate))
        while true {
            let left = due - ContinuousClock.now
            guard left > .zero else { return true }
            if shouldStop { return false }
            let milliseconds = Int(left / .milliseconds(1))
            Fetcher.sleep(milliseconds: min(max(milliseconds, 1), Int(CurlConnections.pollInterval)))
        }
    }

    private var lateness: FetchError {
        FetchError(
            .network, fileName, url: url.display,
            "not done after \(fetcher.options.totalTimeout ?? 0) seconds; run the same command again to continue")
    }

    /// Tells the machine that the final response began, and does what it says.
    ///
    /// - Returns: Whether the body is wanted.
    func reportHead(on slot: Int) -> Bool {
        answers[slot].isHeadReported = true
        guard var head = answers[slot].head else { return false }
        if !url.needsNetwork { head.contentLength = connections?.announcedLength(on: slot) }
        head.receivedAt = Self.secondsSince1970
        if let isWanted = segments?.received(head, on: slot) { return isWanted }
        do throws(FileError) {
            switch machine.received(head) {
            case .begin(let source):
                try partial?.begin(source)
            case .proceed: break
            case .abandon: return false
            }
        } catch {
            failure = .storage(fileName, error)
            return false
        }
        failure = missingSpace()
        if failure == nil { report() }
        return failure == nil
    }

    /// The error, if the disk cannot take what is to come.
    private func missingSpace() -> FetchError? {
        guard let total = totalByteCount, let free = cache.availableByteCount() else { return nil }
        let needed = total - (partial?.byteCount ?? 0)
        guard needed > free else { return nil }
        return FetchError(
            .storage, fileName,
            "\(cache.checkpoints): \(needed) bytes are needed, \(free) are free; free some and run the same command again",
            cause: FileError(.write, cache.checkpoints, .noSpace))
    }

    var totalByteCount: Int? { partial?.source?.totalByteCount ?? expected.byteCount }

    func report(_ phase: FetchProgress.Phase = .transferring) {
        observer.progress(
            FetchProgress(
                phase: phase, byteCount: partial?.byteCount ?? 0, totalByteCount: totalByteCount,
                resumedFrom: segments == nil ? machine.resumedFrom : keptByteCount))
    }

    private func pause(milliseconds: Int) throws(FetchError) {
        var left = milliseconds
        // Nobody gains by a wait whose end would be too late.
        if left > 0, let deadline, ContinuousClock.now + .milliseconds(left) > deadline { failure = lateness }
        while true {
            if shouldStop, let failure {
                record()
                throw failure
            }
            guard left > 0 else { return }
            report(.pausing)
            let step = min(left, Int(CurlConnections.pollInterval))
            Fetcher.sleep(milliseconds: step)
            left -= step
        }
    }

    private static var secondsSince1970: Int {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec
    }

    // MARK: The end

    /// Whether the bytes are those expected or, where no hash tells, have the structure of a checkpoint.
    private func isSound() throws(FetchError) -> Bool {
        guard let path = partial?.path else { return false }
        do throws(FileError) {
            defect = try partial?.check(expected)
            if defect == nil, partial?.byteCount == 0, !expected.hasHash, expected.byteCount != 0 {
                defect = FileDefect(.empty, "there were no bytes")
            }
            guard defect != nil || !expected.hasHash, let judge = fetcher.judge else { return defect == nil }
            let file = try MappedFile(path)
            guard let cause = judge.defect(in: file) else { return defect == nil }
            // A web page in place of a checkpoint explains more than its hash.
            defect = FileDefect(cause.cause, defect.map { "\(cause.detail); \($0.detail)" } ?? cause.detail)
        } catch {
            throw .storage(fileName, error)
        }
        return false
    }

    private func publish() throws(FetchError) -> FetchOutcome? {
        guard let partial = partial.take() else { throw FetchError(.storage, fileName, "it was published already") }
        guard partial.isHeld else { return nil }
        let byteCount = partial.byteCount
        do throws(FileError) {
            let published = try partial.publish()
            return FetchOutcome(
                path: published.path, byteCount: byteCount, sha256: published.sha256, isVerified: expected.hasHash,
                wasCached: false, resumedFrom: machine.resumedFrom, bytesTransferred: bytesTransferred,
                origin: url.display)
        } catch {
            throw .storage(fileName, error)
        }
    }

    private func giveUp(_ failure: TransferFailure, keepsBytes: Bool) -> FetchError {
        let kept = keepsBytes ? partial?.byteCount ?? 0 : 0
        if kept > 0 {
            record()
        } else if let partial = partial.take() {
            // What cannot be removed is overwritten by the next transfer.
            try? partial.discard()
        }
        return .failed(failure, fileName, url: url.display, keeping: kept, defect: defect)
    }

    /// Brings the record up to date; where the disk refuses, the older one still holds.
    func record() {
        if partial?.byteCount != 0 { try? partial?.record() }
    }
}

/// Whom a transfer tells how far it is, and asks whether to go on.
struct FetchObserver {
    let progress: (FetchProgress) -> Void
    let isCancelled: @Sendable () -> Bool
}
