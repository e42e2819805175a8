import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

/// Servers that misbehave on purpose, as users meet them: the exit code, how many bytes came, what is left on the disk.
@Suite("what zoo fetch makes of servers that misbehave", .slow, .timeLimit(.minutes(2))) struct FaultTableTests {
    typealias Request = LoopbackServer.Request
    typealias Step = LoopbackServer.Step

    static let content = InterruptedFetchTests.content
    static let digest = SHA256.digest(of: content.rawSpan).hex
    static let size = content.count
    static let file = "weights.pth"
    static let partial = ["weights.pth.zoo.partial", "weights.pth.zoo.partial.json"]

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int32
        /// Bytes that came and count, in all attempts together.
        let fetched: Int
        /// What is in the cache afterwards.
        let left: [String]
        var arguments: [String] = []
        var hash: String? = FaultTableTests.digest
        /// What standard error says.
        var says = ""
        let answer: @Sendable (Request) -> [Step]
    }

    static func head(_ status: String, _ lines: String...) -> Step {
        .text("HTTP/1.1 \(status)\r\nConnection: close\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    static func whole(_ tag: String = "\"v1\"") -> Step {
        head("200 OK", "ETag: \(tag)", "Accept-Ranges: bytes", "Content-Length: \(size)")
    }

    static let faults = [
        Fault(testDescription: "cut at odd bytes, three times", status: 0, fetched: size, left: [file]) { request in
            LoopbackServer.serve(content, to: request, cutAfter: request.index < 3 ? 700_001 + request.index * 77 : nil)
        },
        Fault(
            testDescription: "always cut at the same byte", status: 3, fetched: 1000, left: partial,
            arguments: ["--retries", "1"], says: "1000 bytes are kept; run the same command again to continue"
        ) { $0.offset == 0 ? [whole(), .bytes(Array(content[..<1000]))] : [] },
        Fault(
            testDescription: "announces more than it has", status: 3, fetched: size, left: partial,
            arguments: ["--retries", "1"], says: "run the same command again to continue"
        ) { request in
            request.offset == 0
                ? [head("200 OK", "ETag: \"v1\"", "Content-Length: \(size + 1)"), .bytes(content)]
                : [head("206 Partial", "Content-Range: bytes \(size)-\(size)/\(size + 1)", "Content-Length: 1")]
        },
        Fault(
            testDescription: "announces less than it has", status: 4, fetched: 0, left: [], says: "SHA-256"
        ) { _ in [head("200 OK", "Content-Length: 1000"), .bytes(content)] },
        Fault(testDescription: "the whole file to a range", status: 0, fetched: size + 1000, left: [file]) { request in
            [whole(), .bytes(request.index == 0 ? Array(content[..<1000]) : content)]
        },
        Fault(testDescription: "another range than asked for", status: 0, fetched: size + 1000, left: [file]) {
            request in
            switch request.index {
            case 0: [whole(), .bytes(Array(content[..<1000]))]
            case 1:
                [head("206 Partial", "Content-Range: bytes 500-\(size - 1)/\(size)"), .bytes(Array(content[500...]))]
            default: [whole(), .bytes(content)]
            }
        },
        Fault(
            testDescription: "another version at the second attempt", status: 0, fetched: size + 1000, left: [file]
        ) { request in
            request.index == 0
                ? [whole("\"old\""), .bytes([UInt8](repeating: 7, count: 1000))]
                : LoopbackServer.serve(content, to: request)
        },
        Fault(testDescription: "a slow drip", status: 0, fetched: size, left: [file]) { _ in
            [whole()]
                + stride(from: 0, to: size, by: 250_000).flatMap { start -> [Step] in
                    [.bytes(Array(content[start..<min(start + 250_000, size)])), .pause(seconds: 0.05)]
                }
        },
        Fault(
            testDescription: "a stall", status: 3, fetched: 1000, left: partial,
            arguments: ["--stall-timeout", "1", "--retries", "0"], says: "the server does not answer or stalled"
        ) { _ in [whole(), .bytes(Array(content[..<1000])), .silence] },
        Fault(
            testDescription: "longer than it may take", status: 3, fetched: 1000, left: partial,
            arguments: ["--max-time", "1"], says: "not done after 1 seconds"
        ) { _ in [whole(), .bytes(Array(content[..<1000])), .silence] },
        Fault(
            testDescription: "a reset each time", status: 3, fetched: 0, left: [], arguments: ["--retries", "1"],
            says: "the connection broke"
        ) { _ in [.reset] },
        Fault(
            testDescription: "redirects in a circle", status: 3, fetched: 0, left: [],
            says: "the server redirects without end"
        ) { _ in [head("302 Found", "Location: /round", "Content-Length: 0")] },
        Fault(
            testDescription: "a compressed body", status: 3, fetched: 0, left: [], says: "Content-Encoding 'gzip'"
        ) { _ in [head("200 OK", "Content-Encoding: gzip", "Content-Length: 3"), .bytes([31, 139, 8])] },
        Fault(testDescription: "429 with Retry-After: 1, then the file", status: 0, fetched: size, left: [file]) {
            request in
            request.index == 0
                ? [head("429 Slow down", "Retry-After: 1", "Content-Length: 0")]
                : LoopbackServer.serve(content, to: request)
        },
        Fault(
            testDescription: "429 with Retry-After: 3600", status: 3, fetched: 0, left: [],
            says: "the server asks to come back in 3600 seconds (HTTP 429)"
        ) { _ in [head("429 Slow down", "Retry-After: 3600", "Content-Length: 0")] },
        Fault(testDescription: "three times 5xx, then the file", status: 0, fetched: size, left: [file]) { request in
            request.index < 3
                ? [head("50\(request.index) No", "Content-Length: 0")] : LoopbackServer.serve(content, to: request)
        },
        Fault(
            testDescription: "503 for ever", status: 3, fetched: 0, left: [], arguments: ["--retries", "2"],
            says: "the server failed (HTTP 503)"
        ) { _ in [head("503 No", "Content-Length: 0")] },
        Fault(testDescription: "other bytes", status: 4, fetched: 0, left: [], says: "SHA-256") { _ in
            [head("200 OK"), .bytes([UInt8](repeating: 1, count: 5000))]
        },
        Fault(
            testDescription: "a web page instead, no hash known", status: 4, fetched: 0, left: [], hash: nil,
            says: "fetched and thrown away"
        ) { _ in [head("200 OK", "Content-Length: 18"), .text("<html>login</html>")] },
        Fault(testDescription: "404", status: 3, fetched: 0, left: [], says: "the server has no such file") { _ in
            [head("404 No", "Content-Length: 0")]
        },
    ]

    private struct Answer: Decodable {
        let bytesTransferred: Int
    }

    @Test(arguments: faults)
    func fault(_ fault: Fault) async throws {
        let server = try LoopbackServer(fault.answer)
        let zoo = try ZooProcess()
        try await check(fault, server.url("/weights.pth"), zoo)
    }

    /// Runs `zoo fetch`, and compares what comes of it with the table.
    private func check(_ fault: Fault, _ url: String, _ zoo: ZooProcess) async throws {
        let hash = fault.hash.map { ["--sha256", $0] } ?? []
        let outcome = try await zoo.run(["fetch", url, "--json"] + hash + fault.arguments)
        #expect(outcome.status == fault.status, "\(outcome.errors)")
        #expect(fault.says.isEmpty || outcome.errors.contains(fault.says), "\(outcome.errors)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string)) ?? []
        #expect(names.filter { !$0.hasPrefix(".") && $0 != "CACHEDIR.TAG" }.sorted() == fault.left)
        if fault.status == 0 {
            #expect(try outcome.json([Answer].self).first?.bytesTransferred == fault.fetched)
            let path = zoo.checkpoints.appending(Self.file).string
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(Self.content))
        } else {
            #expect(InterruptedFetchTests.downloadedByteCount(in: zoo.checkpoints) == fault.fetched)
        }
    }

    // MARK: TLS

    @Test(.enabled(if: TLSServer.isPossible, "\(TLSServer.impossibility)"))
    func tlsThatIsCutIsContinued() async throws {
        let server = try TLSServer(Self.content, .cut)
        var zoo = try ZooProcess()
        zoo.environment = ["SSL_CERT_FILE": server.certificate.string, "no_proxy": "127.0.0.1"]
        let command = ["fetch", server.url("/weights.pth"), "--retries", "0", "--sha256", Self.digest]
        // Half comes, then half of the rest.
        for kept in [Self.size / 2, Self.size * 3 / 4] {
            let outcome = try await zoo.run(command)
            #expect(outcome.status == 3, "\(outcome.errors)")
            #expect(outcome.errors.contains("\(kept) bytes are kept; run the same command again"), "\(outcome.errors)")
            #expect(InterruptedFetchTests.downloadedByteCount(in: zoo.checkpoints) == kept)
        }
    }

    @Test(.enabled(if: TLSServer.isPossible, "\(TLSServer.impossibility)"))
    func aWrongCertificateIsRefused() async throws {
        let server = try TLSServer(Self.content, for: "DNS:example.invalid")
        var zoo = try ZooProcess()
        zoo.environment = ["SSL_CERT_FILE": server.certificate.string, "no_proxy": "127.0.0.1"]
        let fault = Fault(
            testDescription: "wrong certificate", status: 3, fetched: 0, left: [],
            says: "the server's certificate cannot be trusted"
        ) { _ in [] }
        try await check(fault, server.url("/weights.pth"), zoo)
    }
}
