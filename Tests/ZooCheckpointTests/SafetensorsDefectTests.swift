import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct SafetensorsDefectTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    static func bytes(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        let length = length ?? UInt64(text.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + text
            + (0..<data).map { UInt8($0) }
    }

    static func tensor(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
        #""\#(name)":{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
    }

    static let good = tensor("a", "I16", "2", "0,4")

    @Test func theUndamagedFileIsRead() throws {
        let header = "{\(Self.tensor("b", "U8", "2", "4,6")),\(Self.good), \"__metadata__\":{\"k\":\"v\"}}  "
        let checkpoint = try Checkpoint.open(try folder.write(Self.bytes(header, data: 6), to: "x"))
        #expect(checkpoint.tensors.map(\.name) == ["a", "b"])
        #expect(try checkpoint.tensor(named: "a").float32Values() == [256, 770])
        #expect(checkpoint.root["__metadata__"]?["k"]?.stringValue == "v")
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let header: String
        var data = 4
        var length: UInt64?
        var code = CheckpointError.Code.malformed
        let message: String
        var testDescription: String { name }
    }

    static let defects = [
        Defect(
            name: "cut in the data", header: "{\(good)}", data: 3, code: .truncated, message: "the tensors end at byte"),
        Defect(
            name: "cut in the header", header: "{\(good)}", data: 0, length: 1000, code: .truncated,
            message: "the header needs 1008 bytes"),
        Defect(
            name: "a length over the limit", header: "{\(good)}", length: 100_000_001, code: .notACheckpoint,
            message: "none of the formats"),
        Defect(
            name: "a length that overflows", header: "{\(good)}", length: .max, code: .notACheckpoint,
            message: "none of the formats"),
        Defect(name: "a byte too many", header: "{\(good)}", data: 5, message: "1 bytes behind the tensors"),
        Defect(
            name: "a hole", header: "{\(good),\(tensor("b", "U8", "1", "5,6"))}", data: 6,
            message: "there is a hole before it"),
        Defect(
            name: "a hole at the front", header: "{\(tensor("b", "U8", "1", "1,2"))}", data: 2,
            message: "there is a hole before it"),
        Defect(
            name: "an overlap", header: "{\(good),\(tensor("b", "U8", "2", "3,5"))}", data: 5,
            message: "it overlaps another tensor"),
        Defect(
            name: "the same bytes twice", header: "{\(good),\(tensor("b", "I16", "2", "0,4"))}",
            message: "it overlaps another tensor"),
        Defect(
            name: "offsets in the wrong order", header: "{\(tensor("a", "U8", "4", "4,0"))}",
            message: "the data_offsets are impossible"),
        Defect(
            name: "negative offsets", header: "{\(tensor("a", "U8", "4", "-4,0"))}",
            message: "the data_offsets are impossible"),
        Defect(
            name: "offsets that overflow", header: "{\(tensor("a", "U8", "4", "0,\(Int.max)"))}",
            message: "the data_offsets are impossible"),
        Defect(
            name: "three offsets", header: "{\(tensor("a", "U8", "4", "0,4,4"))}",
            message: "the data_offsets are impossible"),
        Defect(
            name: "a shape that needs more", header: "{\(tensor("a", "F32", "2", "0,4"))}",
            message: "the data_offsets leave 4 bytes"),
        Defect(
            name: "a shape that overflows", header: "{\(tensor("a", "F32", "\(Int.max),\(Int.max)", "0,4"))}",
            message: "the shape is impossible"),
        Defect(
            name: "bytes that overflow", header: "{\(tensor("a", "F64", "\(Int.max)", "0,4"))}",
            message: "the shape is impossible"),
        Defect(
            name: "a negative size", header: "{\(tensor("a", "F32", "-1", "0,4"))}", message: "the shape is impossible"),
        Defect(
            name: "a size that is no integer", header: "{\(tensor("a", "F32", "1.0", "0,4"))}",
            message: "the shape is impossible"),
        Defect(
            name: "an unknown type", header: "{\(tensor("a", "F3", "4", "0,4"))}", code: .unsupported,
            message: "tensors of the type F3 are not read"),
        Defect(
            name: "bits that are no bytes", header: "{\(tensor("a", "F6_E2M3", "3", "0,4"))}",
            message: "the data_offsets leave 4 bytes, F6_E2M3 3 needs 2 bytes and 2 bits"),
        Defect(
            name: "too many bytes for six bits", header: "{\(tensor("a", "F6_E3M2", "4", "0,4"))}",
            message: "the data_offsets leave 4 bytes, F6_E3M2 4 needs 3"),
        Defect(
            name: "half a pair", header: "{\(tensor("a", "F4", "8,1", "0,4"))}",
            message: "F4 8×1: PyTorch keeps pairs, so the last size must be even"),
        Defect(name: "a name twice", header: "{\(good),\(good)}", message: "byte 65: the key 'a' comes twice"),
        Defect(
            name: "a field twice", header: #"{"a":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#,
            message: "byte 34: the key 'dtype' comes twice"),
        Defect(
            name: "a field too many", header: #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}"#,
            message: "expected dtype, shape and data_offsets"),
        Defect(
            name: "a tensor that is a number", header: #"{"a":1}"#, message: "expected dtype, shape and data_offsets"),
        Defect(
            name: "metadata that are no text", header: "{\(good),\"__metadata__\":{\"k\":1}}",
            message: "the value of 'k' is no text"),
        Defect(name: "metadata that are a list", header: "{\(good),\"__metadata__\":[]}", message: "it is no object"),
        Defect(
            name: "text behind the header", header: "{\(good)}x", message: "byte 62: something stands behind the value"),
        Defect(name: "no end", header: "{\(good)", message: "byte 61: ',' is missing"),
        Defect(
            name: "nested too deep", header: "{\"a\":" + String(repeating: "[", count: 5000),
            message: "byte 140: nested more than 128 deep"),
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        let path = try folder.write(Self.bytes(defect.header, data: defect.data, length: defect.length), to: "x")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.code == defect.code)
        #expect(error?.message.hasPrefix(defect.message) == true, "\(error?.message ?? "")")
        let file = try MappedFile(path)
        #expect((CheckpointStructure.defect(in: file) == nil) == (defect.code == .unsupported))
    }
}
