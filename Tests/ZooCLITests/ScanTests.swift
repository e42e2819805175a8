import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo scan", .timeLimit(.minutes(2))) struct ScanTests {
    static let bad = Array("cos\nsystem\n(S'echo hi'\ntR.".utf8)
    static let odd = Array("cmy\nNet\n)R.".utf8)
    static let good = Array("ccollections\nOrderedDict\n)R.".utf8)

    /// The files of a run and what it must answer.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let files: [String: [UInt8]]
        var arguments: [String] = []
        let status: Int32
        let says: [String]

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "safe", files: ["a.pth": good], status: 0, says: ["safe  a.pth", "allowed: collections.OrderedDict"]),
        Case(
            name: "dangerous", files: ["a.pth": bad], status: 1,
            says: ["dangerous  a.pth", "byte 24: call os.system('echo hi')", "it runs commands"]),
        Case(name: "unknown", files: ["a.pth": odd], status: 1, says: ["unknown  a.pth", "call my.Net()"]),
        Case(
            name: "not judged", files: ["a.gz": [0x1f, 0x8b, 8, 0]], status: 5,
            says: ["unjudged  a.gz", "gzip", "unpack it first"]),
        Case(
            name: "one of many", files: ["a": good, "b": bad, "c": [0x1f, 0x8b, 8, 0]], status: 1,
            says: ["safe  a", "dangerous  b", "unjudged  c"]),
        Case(
            name: "safe is not judged", files: ["a": good, "c": [0x1f, 0x8b, 8, 0]], status: 5,
            says: ["safe  a", "unjudged  c"]),
        Case(
            name: "a file that is not there", files: ["a": good], arguments: ["missing"], status: 5,
            says: ["safe  a"]),
        Case(
            name: "quiet", files: ["a": bad], arguments: ["-q"], status: 1, says: ["dangerous  a: pickle, 1 pickle\n"]),
        Case(
            name: "trace", files: ["a": bad], arguments: ["--trace"], status: 1,
            says: ["    0: c    GLOBAL     'os system'\n", "MARK at 11", "highest protocol among opcodes = 0"]),
        Case(
            name: "terminal sequences are not passed on", files: ["a": Array("cmy\n\u{1b}[2J\n.".utf8)], status: 1,
            says: ["my.\u{fffd}[2J"]),
    ]

    @Test("words and exit codes", arguments: cases) func words(_ sample: Case) async throws {
        let zoo = try ZooProcess()
        for (name, bytes) in sample.files { try zoo.folder.write(bytes, to: name) }
        let outcome = try await zoo.run(["scan"] + sample.files.keys.sorted() + sample.arguments)
        #expect(outcome.status == sample.status, "\(outcome.output)\(outcome.errors)")
        for words in sample.says { #expect(outcome.output.contains(words), "\(outcome.output)") }
    }

    @Test func json() async throws {
        struct Answer: Decodable {
            struct Pickle: Decodable {
                struct Finding: Decodable {
                    let kind, subject, verdict, reason, example: String
                    let count: Int
                    let offsets: [Int]
                }
                let place, verdict, fault: String
                let offset, byteCount, pickleProtocol: Int
                let complete: Bool
                let findings: [Finding]
            }
            struct Gap: Decodable {
                let place, reason: String
            }
            let path, format, verdict: String
            let pickles: [Pickle]
            let unjudged: [Gap]
        }
        let zoo = try ZooProcess()
        try zoo.folder.write(Self.bad, to: "a")
        let outcome = try await zoo("scan", "a", "--json")
        #expect(outcome.status == 1)
        let answer = try #require(try outcome.json([Answer].self).first)
        #expect(answer.verdict == "dangerous")
        #expect(answer.format == "pickle")
        #expect(answer.unjudged.isEmpty)
        let pickle = try #require(answer.pickles.first)
        #expect(pickle.findings.map(\.kind) == ["import", "call"])
        #expect(pickle.findings.map(\.offsets) == [[0], [24]])
        #expect(pickle.findings[1].example == "os.system('echo hi')")
    }

    @Test func usage() async throws {
        let zoo = try ZooProcess()
        #expect(try await zoo("scan").status == 2)
        #expect(try await zoo("scan", "a", "--json", "--trace").status == 2)
    }
}
