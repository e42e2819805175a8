import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite struct TransferStateMachineTests {
    static let url = "http://host/model.pth"
    static let hash = ExpectedContent(sha256Prefix: "f37072fd")
    static let source = ContentSource(url: url, etag: "\"v1\"", lastModified: "Mon", totalByteCount: 200)

    static func head(_ status: Int, _ lines: String...) -> ResponseHead {
        var head = ResponseHead(status: status)
        for line in lines { head.add(line: line) }
        return head
    }

    /// A machine that asked for the rest of 200 bytes, of which 100 are there.
    static func resuming(
        source: ContentSource = source, expected: ExpectedContent = ExpectedContent(), restarts: Int = 3
    ) -> TransferStateMachine {
        let limits = TransferStateMachine.Limits(restarts: restarts)
        var machine = TransferStateMachine(
            url: url, byteCount: 100, source: source, expected: expected, limits: limits)
        _ = machine.start()
        return machine
    }

    // MARK: The first request

    struct Start: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var byteCount = 100
        var source: ContentSource? = TransferStateMachineTests.source
        var expected = ExpectedContent()
        let step: TransferStep
    }

    @Test(arguments: [
        Start(
            testDescription: "nothing there", byteCount: 0, source: nil, step: .send(.wholeFile, afterMilliseconds: 0)),
        Start(
            testDescription: "strong ETag",
            step: .send(TransferRequest(offset: 100, ifRange: "\"v1\""), afterMilliseconds: 0)),
        Start(
            testDescription: "weak ETag: the date",
            source: ContentSource(url: url, etag: "W/\"v1\"", lastModified: "Mon", totalByteCount: 200),
            step: .send(TransferRequest(offset: 100, ifRange: "Mon"), afterMilliseconds: 0)),
        Start(
            testDescription: "weak ETag only, no hash", source: ContentSource(url: url, etag: "W/\"v1\""),
            step: .send(.wholeFile, afterMilliseconds: 0)),
        Start(
            testDescription: "a line break in the record is no header",
            source: ContentSource(url: url, etag: "\"v\"\r\nCookie: 1"), step: .send(.wholeFile, afterMilliseconds: 0)),
        Start(
            testDescription: "no validator, but a hash", source: ContentSource(url: url), expected: hash,
            step: .send(TransferRequest(offset: 100), afterMilliseconds: 0)),
        Start(
            testDescription: "another URL, no hash", source: ContentSource(url: "http://other/", etag: "\"v1\""),
            step: .send(.wholeFile, afterMilliseconds: 0)),
        Start(
            testDescription: "another URL and a hash: its ETag means nothing here",
            source: ContentSource(url: "http://other/", etag: "\"v1\""), expected: hash,
            step: .send(TransferRequest(offset: 100), afterMilliseconds: 0)),
        Start(testDescription: "all there: killed before publishing", byteCount: 200, step: .check),
    ])
    func firstRequest(_ row: Start) {
        var machine = TransferStateMachine(
            url: Self.url, byteCount: row.byteCount, source: row.source, expected: row.expected)
        #expect(machine.start() == row.step)
    }

    // MARK: Answers to a range

    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let head: ResponseHead
        var source = TransferStateMachineTests.source
        var expected = ExpectedContent()
        let use: BodyUse
        /// After the response was abandoned.
        var next: TransferStep?
    }

    static let anew = TransferStep.send(.wholeFile, afterMilliseconds: 0)

    @Test(arguments: [
        Answer(testDescription: "the rest", head: head(206, "Content-Range: bytes 100-199/200"), use: .proceed),
        Answer(
            testDescription: "the rest, same validators, total unknown",
            head: head(206, "content-range: bytes 100-199/*", "ETag: \"v1\"", "Content-Length: 100"), use: .proceed),
        Answer(
            testDescription: "200: the file changed", head: head(200, "ETag: \"v2\"", "Content-Length: 300"),
            use: .begin(ContentSource(url: url, etag: "\"v2\"", totalByteCount: 300))),
        Answer(
            testDescription: "another offset", head: head(206, "Content-Range: bytes 99-199/200"), use: .abandon,
            next: anew),
        Answer(
            testDescription: "another total", head: head(206, "Content-Range: bytes 100-299/300"), use: .abandon,
            next: anew),
        Answer(
            testDescription: "another total, the same end", head: head(206, "Content-Range: bytes 100-199/300"),
            use: .abandon,
            next: anew),
        Answer(
            testDescription: "not to the end", head: head(206, "Content-Range: bytes 100-149/200"), use: .abandon,
            next: anew),
        Answer(testDescription: "no Content-Range", head: head(206), use: .abandon, next: anew),
        Answer(
            testDescription: "nonsense in Content-Range",
            head: head(206, "Content-Range: bytes 100-9999999999999999999/200"),
            use: .abandon, next: anew),
        Answer(
            testDescription: "length contradicts the range",
            head: head(206, "Content-Range: bytes 100-199/200", "Content-Length: 150"), use: .abandon, next: anew),
        Answer(
            testDescription: "changed ETag", head: head(206, "Content-Range: bytes 100-199/200", "ETag: \"v2\""),
            use: .abandon, next: anew),
        Answer(
            testDescription: "changed date", head: head(206, "Content-Range: bytes 100-199/200", "Last-Modified: Tue"),
            use: .abandon, next: anew),
        Answer(
            testDescription: "compressed",
            head: head(206, "Content-Range: bytes 100-199/200", "Content-Encoding: gzip"),
            use: .abandon, next: .fail(.encoded("gzip"), keepsBytes: true)),
        Answer(
            testDescription: "416, and less is there", head: head(416, "Content-Range: bytes */50"), use: .abandon,
            next: anew),
        Answer(
            testDescription: "416, and all is here; a hash will tell", head: head(416, "Content-Range: bytes */100"),
            source: ContentSource(url: url, etag: "\"v1\""), expected: hash, use: .abandon, next: .check),
        Answer(
            testDescription: "416, and all of this version is here", head: head(416, "Content-Range: bytes */100"),
            source: ContentSource(url: url, etag: "\"v1\""), use: .abandon, next: .check),
        Answer(
            testDescription: "416 of another version", head: head(416, "Content-Range: bytes */100", "ETag: \"v2\""),
            source: ContentSource(url: url, etag: "\"v1\""), use: .abandon, next: anew),
        Answer(testDescription: "404", head: head(404), use: .abandon, next: .fail(.status(404), keepsBytes: true)),
        Answer(
            testDescription: "429 with a wish", head: head(429, "Retry-After: 7"), use: .abandon,
            next: .send(TransferRequest(offset: 100, ifRange: "\"v1\""), afterMilliseconds: 7000)),
        Answer(
            testDescription: "503 with too great a wish", head: head(503, "Retry-After: 3600"), use: .abandon,
            next: .fail(.postponed(status: 503, seconds: 3600), keepsBytes: true)),
        Answer(
            testDescription: "503", head: head(503), use: .abandon,
            next: .send(TransferRequest(offset: 100, ifRange: "\"v1\""), afterMilliseconds: 500)),
    ])
    func answerToARange(_ row: Answer) {
        var machine = Self.resuming(source: row.source, expected: row.expected)
        #expect(machine.received(row.head) == row.use)
        if let next = row.next { #expect(machine.ended(.finished) == next) }
        if row.use == .abandon { #expect(machine.received(byteCount: 1) == false) }
    }

    // MARK: Answers to a request for everything

    @Test(arguments: [
        Answer(
            testDescription: "a length that is not the expected one", head: head(200, "Content-Length: 9"),
            expected: ExpectedContent(byteCount: 10), use: .abandon,
            next: .fail(.wrongLength(found: 9, expected: 10), keepsBytes: true)),
        Answer(
            testDescription: "a part that nobody asked for", head: head(206, "Content-Range: bytes 0-9/10"),
            use: .abandon,
            next: .fail(.unaskedRange, keepsBytes: true)),
        Answer(testDescription: "416", head: head(416), use: .abandon, next: .fail(.status(416), keepsBytes: true)),
        Answer(
            testDescription: "changed in the very second: no validator",
            head: head(200, "Date: Mon", "Last-Modified: Mon", "Content-Length: 10"),
            use: .begin(ContentSource(url: url, totalByteCount: 10))),
        Answer(
            testDescription: "identity is no encoding", head: head(200, "Content-Encoding: identity"),
            use: .begin(ContentSource(url: url))),
    ])
    func answerToARequestForEverything(_ row: Answer) {
        var machine = TransferStateMachine(url: Self.url, expected: row.expected)
        _ = machine.start()
        #expect(machine.received(row.head) == row.use)
        if let next = row.next { #expect(machine.ended(.finished) == next) }
    }

    // MARK: Bodies

    @Test func aWholeFile() {
        var machine = TransferStateMachine(url: Self.url)
        _ = machine.start()
        _ = machine.received(Self.head(200, "Content-Length: 10"))
        #expect(machine.received(byteCount: 6) == true)
        #expect(machine.received(byteCount: 4) == true)
        #expect(machine.ended(.finished) == .check)
        #expect(machine.checked(matches: true) == .publish)
        #expect(machine.resumedFrom == 0)
    }

    @Test func anOverlongBodyIsAnErrorAndKeepsNothing() {
        var machine = Self.resuming()
        _ = machine.received(Self.head(206, "Content-Range: bytes 100-199/200"))
        #expect(machine.received(byteCount: 100) == true)
        #expect(machine.received(byteCount: 1) == false)
        let ending = TransferEnding.broken(reason: "write refused", isTransient: false)
        #expect(machine.ended(ending) == .fail(.overlong(total: 200), keepsBytes: false))
    }

    @Test func aShortBodyIsContinued() {
        var machine = TransferStateMachine(url: Self.url)
        _ = machine.start()
        _ = machine.received(Self.head(200, "Content-Length: 10", "ETag: \"a\""))
        _ = machine.received(byteCount: 6)
        let rest = TransferRequest(offset: 6, ifRange: "\"a\"")
        #expect(machine.ended(.finished) == .send(rest, afterMilliseconds: 500))
    }

    @Test func aPartIsAsLongAsItSays() {
        var machine = Self.resuming(source: ContentSource(url: Self.url, etag: "\"v1\""))
        _ = machine.received(Self.head(206, "Content-Range: bytes 100-199/200"))
        #expect(machine.received(byteCount: 50) == true)
        let rest = TransferRequest(offset: 150, ifRange: "\"v1\"")
        #expect(machine.ended(.finished) == .send(rest, afterMilliseconds: 500))
        _ = machine.received(Self.head(206, "Content-Range: bytes 150-199/200"))
        #expect(machine.received(byteCount: 50) == true)
        #expect(machine.ended(.finished) == .check)
    }

    struct Cut: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var head = TransferStateMachineTests.head(200, "ETag: \"a\"")
        var expected = ExpectedContent()
        let next: TransferStep
    }

    static let continued = TransferStep.send(TransferRequest(offset: 10, ifRange: "\"a\""), afterMilliseconds: 500)

    @Test(
        "a connection that ended without a goodbye, after 10 bytes",
        arguments: [
            Cut(testDescription: "nothing known", next: continued),
            Cut(
                testDescription: "nothing known, no validator", head: head(200),
                next: .send(.wholeFile, afterMilliseconds: 500)),
            Cut(testDescription: "the length, more", expected: ExpectedContent(byteCount: 12), next: continued),
            Cut(testDescription: "the length", expected: ExpectedContent(byteCount: 10), next: .check),
            Cut(testDescription: "a hash", expected: hash, next: .check),
        ])
    func cut(_ row: Cut) {
        var machine = TransferStateMachine(url: Self.url, expected: row.expected)
        _ = machine.start()
        _ = machine.received(row.head)
        _ = machine.received(byteCount: 10)
        #expect(machine.ended(.unconfirmed) == row.next)
        // The hash says no: more may come.
        if row.expected.hasHash { #expect(machine.checked(matches: false) == Self.continued) }
    }

    @Test func aServerWithoutRangesThatAlwaysBreaksOffIsGivenUp() {
        var machine = TransferStateMachine(url: Self.url)
        var step = machine.start()
        var requests = 0
        while case .send = step, requests < 100 {
            requests += 1
            _ = machine.received(Self.head(200, "Content-Length: 100000000", "ETag: \"a\""))
            _ = machine.received(byteCount: 2 << 20)
            step = machine.ended(.broken(reason: "reset", isTransient: true))
        }
        #expect(requests == 5)
        #expect(step == .fail(.network("reset"), keepsBytes: true))
    }

    @Test func withoutProgressItGivesUpAfterThreeRequests() {
        var machine = TransferStateMachine(url: Self.url)
        let broken = TransferEnding.broken(reason: "reset", isTransient: true)
        #expect(machine.start() == .send(.wholeFile, afterMilliseconds: 0))
        #expect(machine.ended(broken) == .send(.wholeFile, afterMilliseconds: 500))
        #expect(machine.ended(broken) == .send(.wholeFile, afterMilliseconds: 1000))
        #expect(machine.ended(broken) == .fail(.network("reset"), keepsBytes: true))
    }

    @Test func progressRenewsThePatience() {
        var machine = TransferStateMachine(url: Self.url)
        _ = machine.start()
        _ = machine.received(Self.head(200, "Content-Length: 100000000", "ETag: \"a\""))
        for piece in 1...20 {
            #expect(machine.received(byteCount: 1 << 20) == true)
            let rest = TransferRequest(offset: piece << 20, ifRange: "\"a\"")
            #expect(
                machine.ended(.broken(reason: "reset", isTransient: true)) == .send(rest, afterMilliseconds: 500))
            _ = machine.received(Self.head(206, "Content-Range: bytes \(piece << 20)-99999999/100000000"))
        }
    }

    @Test func aServerThatAlwaysChangesTheFileIsGivenUp() {
        var machine = Self.resuming(restarts: 1)
        _ = machine.received(Self.head(206, "Content-Range: bytes 100-299/300"))
        #expect(machine.ended(.finished) == Self.anew)
        _ = machine.received(Self.head(200, "Content-Length: 50000000"))  // No validator: it must start over again.
        _ = machine.received(byteCount: 2 << 20)
        #expect(
            machine.ended(.broken(reason: "reset", isTransient: true)) == .fail(.network("reset"), keepsBytes: true))
    }

    @Test func aFatalFaultIsNotRepeated() {
        var machine = Self.resuming()
        #expect(
            machine.ended(.broken(reason: "bad certificate", isTransient: false))
                == .fail(.network("bad certificate"), keepsBytes: true))
    }

    // MARK: The hash

    @Test func wrongBytesOfOneVersionAreAnError() {
        var machine = Self.resuming(expected: Self.hash)
        _ = machine.received(Self.head(206, "Content-Range: bytes 100-199/200"))
        _ = machine.received(byteCount: 100)
        #expect(machine.ended(.finished) == .check)
        #expect(machine.resumedFrom == 100)
        #expect(machine.checked(matches: false) == .fail(.mismatch, keepsBytes: false))
    }

    @Test func wrongBytesJoinedWithoutAValidatorAreFetchedAnew() {
        var machine = Self.resuming(
            source: ContentSource(url: Self.url, totalByteCount: 200), expected: Self.hash)
        _ = machine.received(Self.head(206, "Content-Range: bytes 100-199/200"))
        _ = machine.received(byteCount: 100)
        #expect(machine.ended(.finished) == .check)
        #expect(machine.checked(matches: false) == Self.anew)
        _ = machine.received(Self.head(200, "Content-Length: 5"))
        _ = machine.received(byteCount: 5)
        #expect(machine.ended(.finished) == .check)
        #expect(machine.checked(matches: false) == .fail(.mismatch, keepsBytes: false))
    }
}
