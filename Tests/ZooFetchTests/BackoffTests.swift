import Testing

@testable import ZooFetch

@Suite struct BackoffTests {
    @Test func waitsDoubleUpToTheCap() {
        var backoff = Backoff()
        let waits = (1...9).map { backoff.delay(beforeRepetition: $0) ?? -1 }
        #expect(waits == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        #expect(backoff.delay(beforeRepetition: .max) == 30_000)
        #expect(backoff.delay(beforeRepetition: 0) == 500)
    }

    @Test func jitterTakesUpToHalfAndIsRepeatable() {
        var first = Backoff(seed: 7)
        var second = Backoff(seed: 7)
        var seen = Set<Int>()
        for _ in 0..<200 {
            let wait = first.delay(beforeRepetition: 3) ?? -1
            #expect((1000...2000).contains(wait))
            #expect(wait == second.delay(beforeRepetition: 3))
            seen.insert(wait)
        }
        #expect(seen.count > 100)
    }

    @Test(arguments: [(0, 500), (2, 2000), (300, 300_000)])
    func theWishOfTheServerCounts(_ asked: Int, _ wait: Int) {
        var exact = Backoff()
        #expect(exact.delay(beforeRepetition: 1, askedFor: asked) == wait)
        var random = Backoff(seed: 1)
        let found = random.delay(beforeRepetition: 1, askedFor: asked) ?? -1
        #expect(found >= asked * 1000 && found <= max(asked * 1100, 500))
    }

    @Test(arguments: [301, 86_400, .max])
    func aWishThatIsTooMuchIsRefused(_ asked: Int) {
        var backoff = Backoff()
        #expect(backoff.delay(beforeRepetition: 1, askedFor: asked) == nil)
    }

    @Test(
        arguments: [
            ("120", nil, 120), ("0", nil, 0), ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
            ("Thu, 29 Feb 2024 00:00:10 GMT", "Wed, 28 Feb 2024 23:59:50 GMT", 20),
            ("Fri, 01 Mar 2024 00:00:00 GMT", "Wed, 28 Feb 2024 00:00:00 GMT", 172_800),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 09:49:07 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil, 784_111_777 - 784_111_000), ("soon", nil, nil), ("-5", nil, nil),
            ("Sun, 99 Nov 1994 08:49:37 GMT", nil, nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil, nil),
            ("Sun, 06 Nov 99999999999999999 08:49:37 GMT", nil, nil), ("99999999999999999999", nil, nil),
        ] as [(String, String?, Int?)])
    func retryAfter(_ value: String, _ date: String?, _ seconds: Int?) {
        var head = ResponseHead(status: 503)
        head.receivedAt = 784_111_000
        head.add(line: "Retry-After: \(value)")
        if let date { head.add(line: "Date: \(date)") }
        #expect(head.retryAfterSeconds == seconds)
    }
}
