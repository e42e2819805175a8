import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Files of TorchSharp, right ones and wrong ones.
@Suite struct TorchSharpDefectTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// A state dict of two tensors.
    struct File: Sendable {
        var count: [UInt8] = [2]
        /// A name, float32, two axes of 1 and 2, and the elements.
        var first: [UInt8] = [1] + Array("a".utf8) + [6, 2, 1, 2] + [UInt8](repeating: 1, count: 8)
        /// A name, int8, an axis of 3, and the elements.
        var second: [UInt8] = [3] + Array("b.c".utf8) + [1, 1, 3, 7, 8, 9]

        var bytes: [UInt8] { count + first + second }
    }

    @Test func theUndamagedFileIsRead() throws {
        let path = try folder.write(File().bytes, to: "x.dat")
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.format == .torchSharp)
        #expect(checkpoint.tensors.map(\.name) == ["a", "b.c"])
        #expect(try checkpoint.tensor(named: "b.c").float32Values() == [7, 8, 9])
        #expect(try checkpoint.stateDict().names == ["a", "b.c"])
    }

    @Test func aStateDictThatBeginsAsPicklesDoIsRead() throws {
        // 128 tensors: the bytes 0x80 0x01, as in a pickle of protocol 1.
        var bytes: [UInt8] = [0x80, 1]
        for index in 0..<128 { bytes += [3] + Array("\(index + 100)".utf8) + [0, 0, UInt8(index)] }
        let checkpoint = try Checkpoint.open(try folder.write(bytes, to: "x.dat"))
        #expect(checkpoint.format == .torchSharp)
        #expect(checkpoint.tensors.count == 128)
        #expect(try checkpoint.tensor(named: "227").float32Values() == [127])
    }

    @Test func bytesBehindTheEndAreReported() throws {
        let checkpoint = try Checkpoint.open(try folder.write(File().bytes + [1, 2], to: "x.dat"))
        #expect(checkpoint.producerFacts == [ProducerFact(name: "bytes behind the end", value: "2")])
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let code: CheckpointError.Code
        let says: String
        let change: @Sendable (inout File) -> Void
        var testDescription: String { name }
    }

    static let defects = [
        Defect(name: "cut in elements", code: .truncated, says: "b.c: int8 3 needs 3 bytes from byte 22, 2 are there") {
            $0.second.removeLast()
        },
        Defect(name: "cut in a size", code: .truncated, says: "b.c: the file ends in the size of axis 0, at byte 21") {
            $0.second.removeLast(4)
        },
        Defect(name: "cut in a name", code: .truncated, says: "tensor 2 of 2: the file ends in its name, at byte 16") {
            $0.second.removeLast(7)
        },
        Defect(name: "fewer tensors than counted", code: .truncated, says: "tensor 3 of 3: the file ends in the length")
        {
            $0.count = [3]
        },
        Defect(name: "a huge count", code: .truncated, says: "tensor 3 of 4611686018427387903") {
            $0.count = [UInt8](repeating: 0xff, count: 8) + [0x3f]
        },
        Defect(name: "a name twice", code: .malformed, says: "a: it comes twice") { $0.second = $0.first },
        Defect(name: "a name that is no UTF-8", code: .malformed, says: "tensor 2 of 2: its name, at byte 16") {
            $0.second[1] = 0xff
        },
        Defect(name: "a long name", code: .tooLarge, says: "tensor 2 of 2: its name, at byte 18, has 131071 bytes") {
            $0.second = [0xff, 0xff, 7]
        },
        Defect(name: "an unknown type", code: .unsupported, says: "b.c: element type 14 at byte 19 is not read") {
            $0.second[4] = 14
        },
        Defect(name: "too many axes", code: .malformed, says: "b.c: 65 axes") { $0.second[5] = 65 },
        Defect(name: "a number without end", code: .malformed, says: "b.c: the size of axis 0 at byte 21 has more than")
        {
            $0.second.replaceSubrange(6..<7, with: [UInt8](repeating: 0xff, count: 12))
        },
        Defect(name: "a shape that overflows", code: .malformed, says: "b.c: the shape") {
            let huge = [UInt8](repeating: 0xff, count: 8) + [0x3f]
            $0.second.replaceSubrange(5..<7, with: [2] + huge + huge)
        },
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        var file = File()
        defect.change(&file)
        let path = try folder.write(file.bytes, to: "x.dat")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.code == defect.code)
        #expect(error?.description.hasPrefix("\(path): \(defect.says)") == true, "\(error?.description ?? "")")
        let isDefect = try CheckpointStructure.defect(in: MappedFile(path)) != nil
        #expect(isDefect == [.truncated, .malformed].contains(defect.code))
    }

    @Test(
        "what only looks like it is something else",
        arguments: [
            ("a handful of bytes", [0, 1, 1, 5]), ("a tensor with a byte too many", [1, 1, 16] + [UInt8](0...16)),
            ("a first tensor that is cut", [1, 1, 0x61, 6, 1, 100, 0]),
            ("a name of control characters", [1, 1, 2, 1, 1, 1, 0]),
        ] as [(String, [UInt8])])
    func other(name: String, bytes: [UInt8]) throws {
        let path = try folder.write(bytes, to: "x.dat")
        #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(try CheckpointStructure.defect(in: MappedFile(path))?.cause == .notACheckpoint)
    }

    /// A pickle may begin as a file of TorchSharp does; whoever scans it must look at it as Python would.
    @Test func aPickleInDisguiseIsScanned() throws {
        // A text of 86 bytes, the line's end, and '(V…': to TorchSharp a name, complex128, and forty axes, one of size 0.
        let letters = [UInt8](repeating: 0x78, count: 86)
        let sizes = Array("V".utf8) + letters.prefix(30) + [0] + letters.prefix(8)
        let bytes = Array("(V".utf8) + letters + Array("\n(".utf8) + sizes + Array("\ncos\nsystem\n(S'x'\ntR.".utf8)
        #expect(FileScanner.scan(try MappedFile(folder.write(bytes, to: "x.dat"))).verdict == .dangerous)
    }
}
