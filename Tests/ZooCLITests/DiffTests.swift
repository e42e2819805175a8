import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo diff", .timeLimit(.minutes(2))) struct DiffTests {
    /// A tensor of a safetensors file.
    struct Part {
        let name, type: String
        let shape: [Int]
        let bytes: [UInt8]

        init(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.shape = shape
            self.bytes = bytes
        }

        /// A tensor of four six-bit numbers, which zoo does not read.
        static func six(_ name: String, _ byte: UInt8 = 1) -> Part { Part(name, "F6_E2M3", [4], [byte, 2, 3]) }
        static func byte(_ name: String, _ byte: UInt8 = 1) -> Part { Part(name, "U8", [1], [byte]) }
        static func long(_ name: String, _ byte: UInt8) -> Part {
            Part(name, "U64", [1], [byte, 0, 0, 0, 0, 0, 0, 0x80])
        }
    }

    static func safetensors(_ parts: [Part]) -> [UInt8] {
        var offset = 0
        let entries = parts.map { part in
            defer { offset += part.bytes.count }
            return "\"\(part.name)\":{\"dtype\":\"\(part.type)\",\"shape\":\(part.shape),"
                + "\"data_offsets\":[\(offset),\(offset + part.bytes.count)]}"
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + parts.flatMap(\.bytes)
    }

    /// Two files, and what must be said of them.
    struct Case: CustomTestStringConvertible {
        let name: String
        let a, b: [Part]
        let status: Int32
        let result: String
        let says: [String]

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "the same", a: [.byte("x")], b: [.byte("x")], status: 0, result: "same", says: ["1 same\n"]),
        Case(
            name: "another value", a: [.byte("x")], b: [.byte("x", 2)], status: 1, result: "different",
            says: ["x: 1 of 1 element differ"]),
        Case(
            name: "unread in both", a: [.byte("x"), .six("six")], b: [.byte("x"), .six("six")], status: 5,
            result: "incomplete",
            says: [
                "not compared: six (in both): tensors of the type F6_E2M3 are not read: PyTorch has none\n",
                "1 same, 1 not compared; whether the files are the same cannot be told\n",
            ]),
        Case(
            name: "unread in one, another type in the other", a: [.byte("x"), .six("six")],
            b: [.byte("x"), .byte("six")], status: 5, result: "incomplete",
            says: ["not compared: six (in a.safetensors): tensors of the type F6_E2M3 are not read"]),
        Case(
            name: "unread and alone", a: [.byte("x")], b: [.byte("x"), .six("six")], status: 1, result: "different",
            says: [
                "not compared: six (in b.safetensors)", "a.safetensors has no tensor of this name",
                "1 same, 1 not compared\n",
            ]),
        Case(
            name: "unread, and a difference", a: [.byte("x"), .six("six")], b: [.byte("x", 2), .six("six")], status: 1,
            result: "different", says: ["x: 1 of 1 element differ", "not compared: six (in both)"]),
        Case(
            name: "nothing that can be read", a: [.six("six")], b: [.six("six", 9)], status: 5, result: "incomplete",
            says: ["not compared: six (in both)"]),
        Case(
            name: "integers that float64 cannot tell apart", a: [.long("n", 0)], b: [.long("n", 1)], status: 1,
            result: "different", says: ["n: 1 of 1 element differ"]),
    ]

    @Test("words, exit codes and JSON", arguments: cases) func words(_ sample: Case) async throws {
        let zoo = try ZooProcess()
        try zoo.folder.write(Self.safetensors(sample.a), to: "a.safetensors")
        try zoo.folder.write(Self.safetensors(sample.b), to: "b.safetensors")
        let outcome = try await zoo("diff", "a.safetensors", "b.safetensors")
        #expect(outcome.status == sample.status, "\(outcome.output)\(outcome.errors)")
        for words in sample.says { #expect(outcome.output.contains(words), "\(outcome.output)") }
        let json = try await zoo("diff", "a.safetensors", "b.safetensors", "--json")
        #expect(json.status == sample.status)
        let answer = try json.json(Answer.self)
        #expect(answer.result == sample.result)
        let hasUnread = (sample.a + sample.b).contains { $0.type == "F6_E2M3" }
        #expect(answer.notCompared.map(\.name) == (hasUnread ? ["six"] : []))
    }

    struct Answer: Decodable {
        struct Uncompared: Decodable {
            let name, reason: String
            let alone: Bool
        }
        let result: String
        let notCompared: [Uncompared]
    }

    @Test("a part is compared in each file that has it; what is beside it counts unless a part was asked for")
    func parts() async throws {
        let zoo = try ZooProcess()
        let training = Fixture.file("checkpoints/training.pth").string
        #expect(try await zoo("convert", training, "w.safetensors").status == 0)
        let whole = try await zoo("diff", training, "w.safetensors")
        #expect(whole.status == 1, "\(whole.output)\(whole.errors)")
        #expect(whole.output.contains("only in \(training): optimizer."), "\(whole.output)")
        let part = try await zoo("diff", training, "w.safetensors", "--select", "state_dict")
        #expect(part.status == 0, "\(part.output)\(part.errors)")
        let neither = try await zoo("diff", training, "w.safetensors", "--select", "missing")
        #expect(neither.status == 2, "\(neither.output)\(neither.errors)")
    }
}
