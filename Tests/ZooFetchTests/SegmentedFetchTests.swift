import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite(.slow, .timeLimit(.minutes(1))) struct SegmentedFetchTests {
    typealias Request = LoopbackServer.Request
    static let content = FetchFixture.bytes(count: 9_000_000, seed: 5)
    static let expected = ExpectedContent(byteCount: content.count, sha256: FetchFixture.digest(content))

    private func fixture(segments: Int?) throws -> FetchFixture {
        var fixture = try FetchFixture()
        fixture.fetcher.options.segments = segments
        return fixture
    }

    /// The range that was asked for, with its end.
    static func range(_ request: Request) -> Range<Int>? {
        guard let range = request.headers["range"], range.hasPrefix("bytes=") else { return nil }
        let ends = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        return ends.isEmpty ? nil : ends[0]..<(ends.count > 1 ? ends[1] + 1 : content.count)
    }

    static func serve(
        _ request: Request, etag: String = "\"v1\"", body: [UInt8] = content, cutAfter: Int = .max
    ) -> [LoopbackServer.Step] {
        guard let range = range(request), request.headers["if-range"] ?? etag == etag else {
            return [
                FetchFaultTests.head(
                    "200 OK", "ETag: \(etag)", "Accept-Ranges: bytes", "Content-Length: \(body.count)")
            ] + pieces(body, cutAfter)
        }
        return [
            FetchFaultTests.head(
                "206 Partial", "ETag: \(etag)", "Content-Length: \(range.count)",
                "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(body.count)")
        ] + pieces(Array(body[range]), cutAfter)
    }

    /// Slowly enough that a stream is not over before it is divided.
    static func pieces(_ body: [UInt8], _ limit: Int) -> [LoopbackServer.Step] {
        stride(from: 0, to: min(body.count, limit), by: 250_000).flatMap { start -> [LoopbackServer.Step] in
            [.bytes(Array(body[start..<min(start + 250_000, body.count, limit)])), .pause(seconds: 0.02)]
        }
    }

    @Test(arguments: [2, 3, 4, 8, 16])
    func severalConnectionsBringOneFile(_ count: Int) throws {
        let fixture = try fixture(segments: count)
        let server = try LoopbackServer { Self.serve($0) }
        let outcome = try fixture.fetch(server.url("/model.pth"), Self.expected)
        #expect(try fixture.content() == Self.content)
        #expect(outcome.bytesTransferred == Self.content.count)
        #expect(server.requests.count == min(count, 8))  // No piece is smaller than 1 MiB.
        #expect(server.requests.dropFirst().allSatisfy { $0.headers["if-range"] == "\"v1\"" })
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test func aFastFileIsNotDividedByItself() throws {
        let fixture = try fixture(segments: nil)
        let server = try LoopbackServer { Self.serve($0) }
        _ = try fixture.fetch(server.url("/model.pth"), Self.expected)
        #expect(server.requests.count == 1)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var expected = SegmentedFetchTests.expected
        var code: FetchError.Code?
        let answer: @Sendable (Request) -> [LoopbackServer.Step]
    }

    @Test(arguments: [
        Fault(testDescription: "cut at odd bytes") { serve($0, cutAfter: 1_500_001 + $0.index * 77) },
        Fault(testDescription: "200 to ranges") { request in
            range(request) == nil ? serve(request) : serve(request, etag: "\"other\"")
        },
        Fault(testDescription: "another entity for ranges, no hash", expected: ExpectedContent()) { request in
            serve(request, etag: request.index == 0 ? "\"old\"" : "\"new\"")
        },
        Fault(testDescription: "another range than asked for") { request in
            guard let range = range(request), range.upperBound < content.count else { return serve(request) }
            return [
                FetchFaultTests.head(
                    "206 Partial", "ETag: \"v1\"",
                    "Content-Range: bytes \(range.lowerBound)-\(content.count - 1)/\(content.count)"),
                .bytes(Array(content[range.lowerBound...])),
            ]
        },
        Fault(testDescription: "another total") { request in
            guard let range = range(request), range.upperBound < content.count else { return serve(request) }
            return [
                FetchFaultTests.head(
                    "206 Partial", "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/99999999"),
                .bytes(Array(content[range])),
            ]
        },
        Fault(testDescription: "more than the range, unannounced") { request in
            guard let range = range(request), range.upperBound < content.count else { return serve(request) }
            return [
                FetchFaultTests.head(
                    "206 Partial", "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.count)"),
                .bytes(Array(content[range.lowerBound...])),
            ]
        },
        Fault(testDescription: "only one connection at a time") { request in
            request.index == 0 || request.index > 9
                ? serve(request) : [FetchFaultTests.head("503 Busy", "Content-Length: 0")]
        },
        Fault(testDescription: "ranges are forbidden", code: nil) { request in
            range(request) == nil || request.index > 3
                ? serve(request) : [FetchFaultTests.head("403 No", "Content-Length: 0")]
        },
        Fault(testDescription: "resets") { request in
            request.index % 3 == 1 ? [.reset] : serve(request, cutAfter: 2_000_000)
        },
        Fault(
            testDescription: "wrong bytes", expected: ExpectedContent(sha256Prefix: "0123456789"), code: .mismatch
        ) { serve($0) },
    ])
    func fault(_ fault: Fault) throws {
        let fixture = try fixture(segments: 4)
        let server = try LoopbackServer(fault.answer)
        if let code = fault.code {
            let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth"), fault.expected) }
            #expect(error?.code == code)
            #expect(try fixture.names() == [])
        } else {
            _ = try fixture.fetch(server.url("/model.pth"), fault.expected)
            #expect(try fixture.content() == Self.content)
            #expect(try fixture.names() == ["model.pth"])
        }
    }

    /// What is left is what a kill leaves: recorded runs, and bytes behind them that are not recorded.
    @Test(arguments: [1, 2, 5, 16], 1...4 as ClosedRange<UInt64>)
    func whatAKillLeavesIsContinuedWithAnyCount(_ count: Int, _ seed: UInt64) throws {
        let fixture = try fixture(segments: count)
        let server = try LoopbackServer { Self.serve($0) }
        var random = SeededGenerator(seed: seed)
        let cuts = (0..<6).map { _ in Int.random(in: 0..<Self.content.count, using: &random) }.sorted()
        var kept = 0
        do {
            try fixture.cache.create()
            let claimed = try PartialFile.claim(FetchFixture.name, in: fixture.cache)
            guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
            try partial.begin(
                ContentSource(url: server.url("/model.pth"), etag: "\"v1\"", totalByteCount: Self.content.count))
            for pair in [(0, 1), (2, 3), (4, 5)] where cuts[pair.0] < cuts[pair.1] {
                let range = cuts[pair.0]..<cuts[pair.1]
                try partial.write(Array(Self.content[range]).rawSpan, at: range.lowerBound)
                kept += range.count
            }
            try partial.record()
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial.path.string))
            try handle.seek(toOffset: UInt64(cuts[1]))
            if cuts[1] + 3 < cuts[2] { try handle.write(contentsOf: Data([1, 2, 3])) }
            try handle.close()
        }
        let outcome = try fixture.fetch(server.url("/model.pth"), Self.expected)
        #expect(outcome.bytesTransferred == Self.content.count - kept)
        #expect(outcome.resumedFrom == kept)
        #expect(try fixture.content() == Self.content)
    }
}
