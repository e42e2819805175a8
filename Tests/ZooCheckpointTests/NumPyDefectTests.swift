import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct NumPyDefectTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    static func bytes(_ header: String, version: (UInt8, UInt8) = (1, 0), length: Int? = nil, data: Int = 4) -> [UInt8]
    {
        let text = Array(header.utf8)
        let count = length ?? text.count
        let width = version.0 == 1 ? 2 : 4
        return [0x93] + Array("NUMPY".utf8) + [version.0, version.1]
            + (0..<width).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + text + (0..<data).map { UInt8($0) }
    }

    static func header(_ descr: String = "'|u1'", _ fortran: String = "False", _ shape: String = "(4,)") -> String {
        "{'descr': \(descr), 'fortran_order': \(fortran), 'shape': \(shape), }  \n"
    }

    @Test("every version of the header", arguments: [1, 2, 3] as [UInt8])
    func versions(major: UInt8) throws {
        let path = try folder.write(Self.bytes(Self.header("'>u2'", "True", "(2L, 1)"), version: (major, 0)), to: "x")
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.producerFacts == [ProducerFact(name: "npy version", value: "\(major).0")])
        #expect(checkpoint.isBigEndian)
        #expect(try checkpoint.tensor(named: "").float32Values() == [1, 515])
    }

    @Test func bytesBehindTheEndAreReported() throws {
        let path = try folder.write(Self.bytes(Self.header(), data: 7), to: "x")
        let facts = try Checkpoint.open(path).producerFacts
        #expect(facts.last == ProducerFact(name: "bytes behind the end", value: "3"))
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        var code = CheckpointError.Code.malformed
        let message: String
        var testDescription: String { name }
    }

    static let defects = [
        Defect(
            name: "cut in the data", bytes: bytes(header(), data: 3), code: .truncated,
            message: "the array needs 4 bytes, 3"),
        Defect(
            name: "cut in the header", bytes: bytes(header(), length: 200), code: .truncated,
            message: "the npy header is cut off"),
        Defect(
            name: "cut in the length", bytes: Array(bytes(header()).prefix(9)), code: .truncated,
            message: "the npy header is cut off"),
        Defect(
            name: "a later version", bytes: bytes(header(), version: (4, 0)), code: .unsupported,
            message: "version 4.0 of the npy format"),
        Defect(
            name: "a huge header", bytes: bytes(header(), version: (2, 0), length: 1 << 30), code: .tooLarge,
            message: "an npy header of 1073741824 bytes"),
        Defect(
            name: "records", bytes: bytes(header("[('a', '<f4')]")), code: .unsupported,
            message: "numpy arrays of records"),
        Defect(
            name: "objects", bytes: bytes(header("'|O'")), code: .unsupported,
            message: "numpy arrays of the type '|O' are not read"),
        Defect(
            name: "a dtype that is a number", bytes: bytes(header("1")),
            message: "the dtype in the npy header is no text"),
        Defect(
            name: "a negative size", bytes: bytes(header("'|u1'", "False", "(-4,)")),
            message: "the shape in the npy header is impossible"),
        Defect(
            name: "a shape that overflows", bytes: bytes(header("'|u1'", "False", "(\(Int.max), 3)")),
            message: "the shape in the npy header is impossible"),
        Defect(name: "bytes that overflow", bytes: bytes(header("'<f8'", "True", "(\(Int.max),)")), message: "shape"),
        Defect(
            name: "a shape that is a number", bytes: bytes(header("'|u1'", "False", "4")),
            message: "the npy header should have descr"),
        Defect(
            name: "an order that is a number", bytes: bytes(header("'|u1'", "0")),
            message: "the npy header should have descr"),
        Defect(
            name: "a key twice", bytes: bytes("{'descr': '|u1', 'descr': '|u1'}"),
            message: "the npy header: the key 'descr' comes twice"),
        Defect(
            name: "a key missing", bytes: bytes("{'descr': '|u1', 'shape': (4,)}"),
            message: "the npy header should have descr"),
        Defect(name: "no dictionary", bytes: bytes("(1, 2)"), message: "the npy header should have descr"),
        Defect(
            name: "an expression", bytes: bytes("{'descr': exec('x')}"), message: "the npy header: 'exec' is no value"),
        Defect(
            name: "nested too deep", bytes: bytes(String(repeating: "(", count: 5000)),
            message: "the npy header: nested more than 32 deep"),
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        let path = try folder.write(defect.bytes, to: "x")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.code == defect.code)
        #expect(error?.message.hasPrefix(defect.message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "pickled arrays that contradict themselves",
        arguments: [
            ("(I3\nt", "cnumpy\ndtype\n(S'f4'\nI0\nI1\ntR", "a numpy array of 8 bytes, float32 3 needs 12"),
            ("(I-2\nt", "cnumpy\ndtype\n(S'f4'\nI0\nI1\ntR", "the shape of a numpy array is impossible"),
            ("(I2\nt", "I4\n", "the dtype of a numpy array is an int"),
        ])
    func pickled(shape: String, type: String, message: String) throws {
        let state = type.hasPrefix("c") ? "(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb" : ""
        let text =
            "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n\(shape)\(type)\(state)I00\nS'01234567'\ntb."
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(try folder.write(Array(text.utf8), to: "x"))
        }
        #expect(error?.message == message)
    }
}
