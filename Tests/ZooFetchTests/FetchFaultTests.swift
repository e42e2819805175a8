import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

/// Servers that misbehave: what comes of it, what is said, and what is left on the disk.
@Suite(.slow, .timeLimit(.minutes(1))) struct FetchFaultTests {
    typealias Request = LoopbackServer.Request
    typealias Step = LoopbackServer.Step

    static let content = FetchFixture.content
    static let partialNames = ["model.pth.zoo.partial", "model.pth.zoo.partial.json"]

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Bytes of the version `"v1"` that an earlier transfer left.
        var left = 0
        var expected = FetchFixture.expected
        /// The code of the error, or `nil` if the fetch succeeds after all.
        let code: FetchError.Code?
        /// How the message ends, after the URL.
        var message = ""
        /// How many requests the server gets.
        let requests: Int
        /// What is in the cache afterwards.
        var names: [String] = []
        let answer: @Sendable (Request) -> [Step]
    }

    static func head(_ status: String, _ lines: String...) -> Step {
        // The server closes after each answer; unsaid, libcurl may send the next request into the closing connection.
        .text("HTTP/1.1 \(status)\r\nConnection: close\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    static let whole = head("200 OK", "ETag: \"v1\"", "Content-Length: \(content.count)")

    @Test(arguments: [
        Fault(
            testDescription: "200 to a range", left: 1_000_000, code: nil, requests: 1, names: ["model.pth"],
            answer: { _ in [whole, .bytes(content)] }),
        Fault(
            testDescription: "wrong Content-Range", left: 1_000_000, code: nil, requests: 2, names: ["model.pth"],
            answer: { request in
                request.index > 0
                    ? [whole, .bytes(content)]
                    : [
                        head("206 Partial", "Content-Range: bytes 0-\(content.count - 1)/\(content.count)"),
                        .bytes(content),
                    ]
            }),
        Fault(
            testDescription: "If-Range ignored, new ETag", left: 1_000_000, expected: ExpectedContent(), code: nil,
            requests: 2, names: ["model.pth"],
            answer: { request in
                request.index > 0
                    ? [whole, .bytes(content)]
                    : [
                        head(
                            "206 Partial", "Content-Range: bytes 1000000-\(content.count - 1)/\(content.count)",
                            "ETag: \"v2\""), .bytes(Array(content[1_000_000...])),
                    ]
            }),
        Fault(
            testDescription: "416 to a range", left: 1_000_000, code: nil, requests: 2, names: ["model.pth"],
            answer: { request in
                request.index > 0
                    ? [whole, .bytes(content)]
                    : [head("416 No", "Content-Range: bytes */5", "Content-Length: 5"), .bytes([1, 2, 3, 4, 5])]
            }),
        Fault(
            testDescription: "always another range", left: 1_000_000, code: .badAnswer,
            message: "the server keeps sending another part than was asked for; use another mirror", requests: 2,
            names: partialNames,
            answer: { _ in
                [head("206 Partial", "Content-Range: bytes 7-9/10", "Content-Length: 3"), .bytes([1, 2, 3])]
            }),
        Fault(
            testDescription: "short body, every time", code: .network,
            message: "1000 bytes are kept; run the same command again to continue", requests: 3, names: partialNames,
            answer: { $0.offset == 0 ? [whole, .bytes(Array(content[..<1000]))] : [] }),
        Fault(
            testDescription: "short body without a length", code: .network,
            message: "the server ended the file after 1000 of 3000000 bytes; 1000 bytes are kept; "
                + "run the same command again to continue", requests: 3, names: partialNames,
            answer: { _ in [head("200 OK"), .bytes(Array(content[..<1000]))] }),
        Fault(
            testDescription: "overlong body", code: .mismatch,
            message: "the server sent more than the 3000000 bytes of the file; use another mirror", requests: 1,
            answer: { _ in [head("200 OK"), .bytes(content + [0])] }),
        Fault(
            testDescription: "gzip", code: .badAnswer,
            message: "the server sent the file with Content-Encoding 'gzip' though plain bytes were asked for; "
                + "use another mirror", requests: 1,
            answer: { _ in [head("200 OK", "Content-Encoding: gzip", "Content-Length: 3"), .bytes([31, 139, 8])] }),
        Fault(
            testDescription: "404", code: .status(404),
            message: "the server has no such file (HTTP 404); check the name and the URL", requests: 1,
            answer: { _ in [head("404 Not Found", "Content-Length: 4"), .text("gone")] }),
        Fault(
            testDescription: "403 keeps what is there", left: 1_000_000, code: .status(403),
            message: "the server refuses access (HTTP 403); check the URL, or use a mirror with ZOO_MIRROR",
            requests: 1,
            names: partialNames, answer: { _ in [head("403 Forbidden", "Content-Length: 0")] }),
        Fault(
            testDescription: "429", code: .status(429),
            message: "the server is asked too often (HTTP 429); try again later", requests: 3,
            answer: { _ in [head("429 Too Many", "Content-Length: 0")] }),
        Fault(
            testDescription: "500, every time", code: .status(500),
            message: "the server failed (HTTP 500); try again later",
            requests: 3, answer: { _ in [head("500 Oh", "Content-Length: 0")] }),
        Fault(
            testDescription: "429, to come back tomorrow", code: .status(429),
            message: "the server asks to come back in 86400 seconds (HTTP 429); do so, or use a mirror", requests: 1,
            answer: { _ in [head("429 Too Many", "Retry-After: 86400", "Content-Length: 0")] }),
        Fault(
            testDescription: "a burst of 502, 503, 408, with progress in between", code: nil, requests: 7,
            names: ["model.pth"],
            answer: { request in
                switch request.index {
                case 0, 1: [head("502 Bad", "Content-Length: 0")]
                case 2: [whole, .bytes(Array(content[..<1_200_000]))]
                case 3: [head("503 Busy", "Retry-After: 0", "Content-Length: 0")]
                case 4: LoopbackServer.serve(content, to: request, cutAfter: 1_200_000)
                case 5: [head("408 Slow", "Content-Length: 0")]
                default: LoopbackServer.serve(content, to: request)
                }
            }),
        Fault(
            testDescription: "another entity at each attempt", expected: ExpectedContent(), code: nil, requests: 3,
            names: ["model.pth"],
            answer: { request in
                let tag = "ETag: \"\(request.index)\""
                return [
                    head("200 OK", tag, "Content-Length: \(content.count)"),
                    .bytes(request.index < 2 ? Array(FetchFixture.bytes(count: 1_100_000, seed: 9)) : content),
                ]
            }),
        Fault(
            testDescription: "503, once", code: nil, requests: 2, names: ["model.pth"],
            answer: { $0.index == 0 ? [head("503 Busy", "Content-Length: 0")] : [whole, .bytes(content)] }),
        Fault(
            testDescription: "reset before the answer, once", code: nil, requests: 2, names: ["model.pth"],
            answer: { $0.index == 0 ? [.reset] : [whole, .bytes(content)] }),
        Fault(
            testDescription: "wrong hash", expected: ExpectedContent(sha256Prefix: "00000000"), code: .mismatch,
            requests: 1, answer: { _ in [whole, .bytes(content)] }),
        Fault(
            testDescription: "wrong length", expected: ExpectedContent(byteCount: 5), code: .mismatch,
            message: "the server's file has 3000000 bytes, 5 are expected; the URL leads to another file or version",
            requests: 1, answer: { _ in [whole, .bytes(content)] }),
        Fault(
            testDescription: "redirects without end", code: .network,
            message: "the server redirects without end", requests: 11,
            answer: { _ in [head("302 Found", "Location: /model.pth", "Content-Length: 0")] }),
        Fault(
            testDescription: "a redirect to a local file", code: .network, requests: 1,
            answer: { _ in [head("302 Found", "Location: file:///etc/hostname", "Content-Length: 0")] }),
        Fault(
            testDescription: "no HTTP at all", code: .network, requests: 1,
            answer: { _ in [.text("SSH-2.0-OpenSSH\r\n")] }),
        Fault(
            testDescription: "more than any disk has", expected: ExpectedContent(), code: .storage, requests: 1,
            answer: { _ in [head("200 OK", "Content-Length: \(Int.max - 1)"), .bytes([1])] }),
    ])
    func fault(_ fault: Fault) throws {
        let fixture = try FetchFixture()
        let server = try LoopbackServer(fault.answer)
        let url = server.url("/model.pth")
        if fault.left > 0 {
            let source = ContentSource(url: url, etag: "\"v1\"", totalByteCount: Self.content.count)
            try fixture.leavePartial(count: fault.left, source: source)
        }
        if let code = fault.code {
            let error = #expect(throws: FetchError.self) { try fixture.fetch(url, fault.expected) }
            #expect(error?.code == code)
            #expect(error?.description.hasPrefix("model.pth: ") == true)
            #expect(error?.description.hasSuffix(fault.message) == true, "\(error?.description ?? "")")
        } else {
            _ = try fixture.fetch(url, fault.expected)
            #expect(try fixture.content() == Self.content)
        }
        #expect(server.requests.count == fault.requests)
        #expect(try fixture.names() == fault.names)
    }

    @Test func aStalledTransferIsContinuedWithANewRequest() throws {
        var fixture = try FetchFixture()
        fixture.fetcher.options.stallTimeout = 1  // libcurl averages over five seconds more.
        let server = try LoopbackServer { request in
            request.index == 0
                ? [Self.whole, .bytes(Array(Self.content[..<500_000])), .silence]
                : LoopbackServer.serve(Self.content, to: request)
        }
        #expect(try fixture.fetch(server.url("/model.pth")).resumedFrom == 500_000)
        #expect(server.requests.count == 2)
    }

    @Test func aSlowDripIsNoStall() throws {
        var fixture = try FetchFixture()
        fixture.fetcher.options.stallTimeout = 1
        let server = try LoopbackServer { _ in
            [Self.whole]
                + (0..<12).flatMap { piece -> [Step] in
                    [.bytes(Array(Self.content[piece * 250_000..<(piece + 1) * 250_000])), .pause(seconds: 0.2)]
                }
        }
        #expect(try fixture.fetch(server.url("/model.pth")).resumedFrom == 0)
        #expect(server.requests.count == 1)
    }

    @Test func theServerSaysHowLongToWait() throws {
        let server = try LoopbackServer { request in
            switch request.index {
            case 0: [Self.head("429 Too Many", "Retry-After: 1", "Content-Length: 0")]
            case 1:
                [
                    Self.head(
                        "503 Busy", "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT",
                        "Content-Length: 0")
                ]
            default: [Self.whole, .bytes(Self.content)]
            }
        }
        let start = ContinuousClock.now
        _ = try FetchFixture().fetch(server.url("/model.pth"))
        #expect(ContinuousClock.now - start >= .seconds(2))
        #expect(server.requests.count == 3)
    }

    @Test func aFileMayTakeOnlySoLong() throws {
        var fixture = try FetchFixture()
        fixture.fetcher.options.totalTimeout = 1
        let server = try LoopbackServer { _ in
            [Self.whole, .bytes(Array(Self.content[..<1000])), .silence]
        }
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth")) }
        #expect(server.clientLeft(), "it waited for the server")
        #expect(error?.message == "not done after 1 seconds; run the same command again to continue")
        #expect(error?.kind == .transfer)
        #expect(try fixture.names() == Self.partialNames)
    }

    @Test func theRateCanBeLimited() throws {
        var fixture = try FetchFixture()
        fixture.fetcher.options.byteRateLimit = 750_000
        let server = try LoopbackServer { LoopbackServer.serve(Self.content, to: $0) }
        let start = ContinuousClock.now
        _ = try fixture.fetch(server.url("/model.pth"))
        #expect(ContinuousClock.now - start > .seconds(1))
    }

    @Test func nobodyListens() throws {
        let fixture = try FetchFixture()
        let port = try SilentPort()
        let error = #expect(throws: FetchError.self) {
            try fixture.fetch("http://127.0.0.1:\(port.number)/model.pth")
        }
        #expect(error?.kind == .transfer)
        #expect(error?.message.hasPrefix("no connection to the server") == true, "\(error as Any)")
        #expect(try fixture.names() == [])
        _ = port
    }

    @Test func passwordsAreNotShownOrStored() throws {
        let fixture = try FetchFixture()
        let server = try LoopbackServer { _ in [Self.whole, .bytes(Array(Self.content[..<1000]))] }
        let url = "http://me:secret@127.0.0.1:\(server.port)/model.pth?token=secret"
        let error = #expect(throws: FetchError.self) { try fixture.fetch(url) }
        #expect(server.requests.first?.headers["authorization"] == "Basic bWU6c2VjcmV0")
        #expect(error?.description.contains("secret") == false)
        let record = String(decoding: try fixture.content(of: Self.partialNames[1]), as: UTF8.self)
        #expect(!record.contains("secret"))
    }

    // MARK: The disk

    @Test func aFileWhereTheCacheShouldBeIsAnErrorOfTheDisk() throws {
        let fixture = try FetchFixture()
        try fixture.folder.write([1], to: "hub")
        let error = #expect(throws: FetchError.self) { try fixture.fetch("http://127.0.0.1:9/model.pth") }
        #expect(error?.kind == .storage)
        #expect(try fixture.folder.contents() == ["hub"])
    }

    @Test func aFolderOfThatNameIsAnErrorOfTheDisk() throws {
        let fixture = try FetchFixture()
        try FileManager.default.createDirectory(
            atPath: fixture.cache.path(of: "model.pth").string, withIntermediateDirectories: true)
        #expect(throws: FetchError.self) { try fixture.fetch("http://127.0.0.1:9/model.pth") }
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aFullDiskKeepsThePartialFile() throws {
        let disk = try Mount(byteCount: 2 << 20)
        var fixture = try FetchFixture()
        let cache = CacheDirectory(checkpoints: disk.path)
        let server = try LoopbackServer { request in
            // Without a length the lack of space is not foreseen.
            [Self.head("200 OK"), .bytes(Self.content)]
        }
        fixture.fetcher.options.retryDelay = 1
        let request = FetchRequest(url: server.url("/model.pth"))
        let error = #expect(throws: FetchError.self) { try fixture.fetcher.fetch(request, into: cache) }
        #expect(error?.kind == .storage)
        #expect(error?.cause?.errno == .noSpace)
        #expect(try cache.names().contains("model.pth.zoo.partial"))

        let second = try Mount(byteCount: 2 << 20)
        let empty = CacheDirectory(checkpoints: second.path)
        let foreseen = try LoopbackServer { _ in [Self.whole, .bytes(Self.content)] }
        let early = #expect(throws: FetchError.self) {
            try fixture.fetcher.fetch(FetchRequest(url: foreseen.url("/other.pth")), into: empty)
        }
        #expect(early?.kind == .storage)
        #expect(early?.message.contains("3000000 bytes are needed") == true)
        #expect(try empty.names() == [])
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aReadOnlyCacheIsAnErrorOfTheDiskUnlessTheFileIsThere() throws {
        let fixture = try FetchFixture()
        try fixture.put(Self.content)
        let mount = try Mount(readOnly: fixture.folder.path)
        #expect(try fixture.fetch("http://127.0.0.1:9/model.pth").wasCached)
        let other = FetchRequest(url: "http://127.0.0.1:9/other.pth")
        let error = #expect(throws: FetchError.self) { try fixture.fetcher.fetch(other, into: fixture.cache) }
        #expect(error?.kind == .storage)
        #expect(error?.message.contains("the file system is read-only; remount it") == true)
        _ = mount.path
    }
}
