import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct CheckpointDefectTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    static let tensor = LegacyBytes.tensor()

    @Test func theUndamagedFileIsRead() throws {
        let checkpoint = try LegacyBytes("(dS'w'\n" + Self.tensor + "s").open(in: folder)
        #expect(checkpoint.tensors.map(\.name) == ["w"])
        #expect(try checkpoint.tensor(named: "w").float32Values() == [1, 2, 3, 4])
    }

    @Test func aTensorOfPyTorch01IsRead() throws {
        let storage = "(S'storage'\nctorch\nFloatStorage\nS'7'\nS'cuda:0'\nI4\nNtQ"
        let object =
            "ctorch.nn.parameter\nParameter\n(ctorch.cuda\nFloatTensor\n(tR(\(storage)I1\n(I3\nt(I1\nttbtR(I01\nI00\nNtb"
        let checkpoint = try LegacyBytes(object).open(in: folder)
        #expect(try checkpoint.tensor(named: "").float32Values() == [2, 3, 4])
        #expect(checkpoint.tensors.first?.location == "cuda:0")
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let code: CheckpointError.Code
        var object = CheckpointDefectTests.tensor
        var change: @Sendable (inout LegacyBytes) -> Void = { _ in }
        var testDescription: String { name }

        static func storage(_ name: String, _ text: String, _ code: CheckpointError.Code = .malformed) -> Defect {
            Defect(name: name, code: code, object: LegacyBytes.tensor(storage: text))
        }

        static func call(_ name: String, _ function: String, _ arguments: String) -> Defect {
            Defect(
                name: name, code: .malformed,
                object: CheckpointDefectTests.call("torch._utils\n" + function, arguments))
        }

        static func layout(_ name: String, _ offset: Int, _ sizes: [Int], _ strides: [Int]) -> Defect {
            Defect(
                name: name, code: .malformed,
                object: LegacyBytes.tensor(offset: offset, sizes: sizes, strides: strides))
        }
    }

    /// Arguments of a quantised tensor of 4 bytes, which is not what the stream holds.
    static func quantised(_ quantiser: [String], _ type: String = "QInt8") -> String {
        let storage = "(S'storage'\nctorch\n\(type)Storage\nS'7'\nS'cpu'\nI4\nNtQ"
        return "\(storage)I0\n(I3\nt(I1\nt(\(quantiser.joined())tI00\nN"
    }

    static let defects: [Defect] = [
        Defect(name: "another protocol version", code: .malformed) { $0.version = "I1002\n." },
        Defect(name: "cut in the storage", code: .truncated) { $0.missing = 1 },
        Defect(name: "cut before the storage", code: .truncated) { $0.missing = 24 },
        Defect(name: "cut in the keys", code: .truncated) { $0.missing = 26 },
        Defect(name: "another count", code: .malformed) { $0.count = 5 },
        Defect(name: "a negative count", code: .malformed) { $0.count = -4 },
        Defect(name: "a key that nothing uses", code: .malformed) { $0.keys = "(lS'7'\naS'8'\na." },
        Defect(name: "a key twice", code: .malformed) { $0.keys = "(lS'7'\naS'7'\na." },
        Defect(name: "no key", code: .malformed) { $0.keys = "(l." },
        Defect(name: "keys that are no list", code: .malformed) { $0.keys = "I7\n." },
        .layout("larger than its storage", 0, [2, 3], [3, 1]),
        .layout("an offset behind the storage", 4, [1], [1]),
        .layout("strides behind the storage", 0, [2, 2], [3, 1]),
        .layout("a negative size", 0, [-1], [1]), .layout("a negative stride", 3, [2], [-1]),
        .layout("a negative offset", -1, [1], [1]), .layout("fewer strides than sizes", 0, [2, 2], [1]),
        .layout("a shape that overflows", 0, [1 << 40, 1 << 40], [0, 0]),
        .layout("bytes that overflow", 0, [1 << 62], [0]), .layout("strides that overflow", 0, [3, 3], [.max, .max]),
        .storage("no storage", "S'module'\nNNN"), .storage("too few parts", "S'storage'\nctorch\nFloatStorage\n"),
        .storage("a negative size of the storage", "S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI-4\nN"),
        .storage("a huge storage", "S'storage'\nctorch\nDoubleStorage\nS'7'\nS'cpu'\nI\(Int.max)\nN"),
        .storage(
            "a storage larger than the file", "S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI400\nN", .truncated),
        .storage("an unknown class", "S'storage'\nctorch\nOddStorage\nS'7'\nS'cpu'\nI4\nN", .unsupported),
        .storage("no class", "S'storage'\nS'x'\nS'7'\nS'cpu'\nI4\nN", .unsupported),
        .storage("a view outside", "S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI4\n(S'8'\nI2\nI3\nt"),
        .storage(
            "a view smaller than the tensor", "S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI4\n(S'8'\nI0\nI3\nt"),
        Defect(
            name: "a storage declared twice", code: .malformed,
            object: "("
                + tensor + LegacyBytes.tensor(storage: "S'storage'\nctorch\nIntStorage\nS'7'\nS'cpu'\nI4\nN") + "t"),
        Defect(name: "a tensor without arguments", code: .malformed, object: "ctorch._utils\n_rebuild_tensor\n(tR"),
        Defect(
            name: "a storage that is a number", code: .malformed,
            object: "ctorch._utils\n_rebuild_tensor\n(I1\nI0\n(t(ttR"),
        .call("a sparse tensor of nothing", "_rebuild_sparse_tensor", "NN"),
        .call(
            "a sparse tensor without size", "_rebuild_sparse_tensor", "ctorch\nsparse_coo\n(" + tensor + tensor + "t"),
        .call(
            "a meta tensor with a negative size", "_rebuild_meta_tensor_no_storage",
            "ctorch\nfloat32\n(I-1\nt(I1\ntI00\n"),
        .call(
            "a quantised tensor of floats", "_rebuild_qtensor",
            quantised(["ctorch\nper_tensor_affine\n", "F0.5\n", "I0\n"], "Float")),
        .call(
            "a quantised tensor with a scale that is text", "_rebuild_qtensor",
            quantised(["ctorch\nper_tensor_affine\n", "S'x'\n", "I0\n"])),
        .call(
            "a quantised tensor by an axis it has not", "_rebuild_qtensor",
            quantised(["ctorch\nper_channel_affine\n", tensor, tensor, "I1\n"])),
        .call(
            "a quantised tensor with too many scales", "_rebuild_qtensor",
            quantised(["ctorch\nper_channel_affine\n", tensor, tensor, "I0\n"])),
        Defect(
            name: "a billion laughs", code: .tooLarge,
            object: "(lp0\n" + (1...40).map { "0(lp\($0)\n" + String(repeating: "g\($0 - 1)\na", count: 9) }.joined()),
        Defect(
            name: "a long key at every level", code: .tooLarge,
            object: "(S'\(String(repeating: "k", count: 4000))'\np0\n" + tensor + "p1\n"
                + String(repeating: "(dg0\n", count: 150) + "(l" + String(repeating: "g1\na", count: 2000)
                + String(repeating: "s", count: 150) + "t"),
        Defect(
            name: "deep nesting", code: .tooLarge,
            object: String(repeating: "(l", count: 5000) + String(repeating: "a", count: 4999)),
        Defect(
            name: "deep rebuilding", code: .tooLarge,
            object: String(repeating: "ctorch._utils\n_rebuild_parameter\n(", count: 1000) + tensor
                + String(repeating: "tR", count: 1000)),
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        var bytes = LegacyBytes(defect.object)
        defect.change(&bytes)
        let error = #expect(throws: CheckpointError.self) {
            let checkpoint = try bytes.open(in: folder)
            for entry in checkpoint.tensors { _ = try checkpoint.tensor(entry) }
        }
        #expect(error?.code == defect.code, "\(error?.description ?? "")")
        // What zoo does not read is not thereby broken; everything else is, and for the same reason.
        let file = try MappedFile(folder.file("legacy.pth"))
        let expected: FileDefect.Cause? =
            switch defect.code {
            case .truncated: .truncated
            case .malformed: .corruptRecord
            default: nil
            }
        #expect(CheckpointStructure.defect(in: file)?.cause == expected)
    }

    static func call(_ function: String, _ arguments: String) -> String { "c\(function)\n(\(arguments)tR" }

    @Test(
        "kinds of tensors that are not read are named",
        arguments: [
            (
                String(tensor.replacing("_rebuild_tensor\n", with: "_rebuild_tensor_v3\n").dropLast(2))
                    + "I00\nNctorch\nuint4\ntR", "tensors of the type torch.uint4 are not read"
            ),
            (
                call("torch._utils\n_rebuild_wrapper_subclass", "c__main__\nMine\nNNNNNNN"),
                "a wrapper subclass (__main__.Mine) without the attributes in which it keeps its values"
            ),
            (
                call(
                    "torch._tensor\n_rebuild_from_type_v2",
                    "ctorch._utils\n_rebuild_wrapper_subclass\nc__main__\nMine\n(c__main__\nMine\nN(I2\ntNNNNNt(I1\nt"),
                "a wrapper subclass (__main__.Mine) that keeps its values in a way of its own"
            ),
            (
                call("torch._utils\n_rebuild_from_the_future", ""),
                "tensors made by torch._utils._rebuild_from_the_future are not read"
            ),
            (
                call("torch._utils\n_rebuild_sparse_tensor", "ctorch\nsparse_new\n(NNt"),
                "tensors of the layout torch.sparse_new are not read"
            ),
        ] as [(String, String)])
    func unread(object: String, reason: String) throws {
        let bytes = LegacyBytes("(dS'w'\n\(Self.tensor)sS'odd'\n\(object)s")
        let checkpoint = try bytes.open(in: folder)
        #expect(checkpoint.tensors.map(\.name) == ["w"])
        #expect(checkpoint.unread.map(\.name) == ["odd"])
        #expect(checkpoint.unread.map(\.reason) == [reason])
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "odd") }
        #expect(error?.message == reason)
    }

    @Test(
        "storages inside a plain pickle that are damaged",
        arguments: [
            ("S'abc'\n", "a storage inside the pickle cannot be read: pickle byte 0"),
            ("I1\n", "a storage from an int"),
            (
                "S'I1\\n.I1\\n.I1\\n.I1\\n.I1\\n.'\n",
                "a storage inside the pickle that is not in PyTorch's legacy format"
            ),
        ])
    func embedded(content: String, message: String) throws {
        let text = Self.call(
            "torch._utils\n_rebuild_tensor_v2", "ctorch.storage\n_load_from_bytes\n(\(content)tRI0\n(I2\nt(I1\ntI00\nN")
        let path = try folder.write(Array((text + ".").utf8), to: "x.pkl")
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint.open(path)
            #expect(checkpoint.unread.map(\.reason) == [message])
        } catch {
            #expect(error.message.hasPrefix(message), "\(error)")
        }
    }

    @Test func cyclesEnd() throws {
        let checkpoint = try LegacyBytes("(lp0\ng0\na(dp1\nS'self'\ng1\nsa" + Self.tensor + "a").open(in: folder)
        guard case .recursive = checkpoint.root[0], case .recursive = checkpoint.root[1]?["self"] else {
            Issue.record("\(checkpoint.root)")
            return
        }
        #expect(checkpoint.tensors.map(\.name) == ["2"])
    }

    @Test func aKeyThatComesTwiceHasItsLastValue() throws {
        let checkpoint = try LegacyBytes("(dS'a'\nI1\nsS'b'\n\(Self.tensor)sS'a'\nI2\ns").open(in: folder)
        #expect(checkpoint.root["a"]?.intValue == 2)
        #expect(checkpoint.root.dictionaryValue?.pairs.count == 2)
    }

    @Test func hugeExpandedTensorsAreDescribedButNotHandedOut() throws {
        let object = LegacyBytes.tensor(sizes: [1 << 40], strides: [0])
        let checkpoint = try LegacyBytes(object).open(in: folder)
        #expect(checkpoint.tensors.first?.shape.elementCount == 1 << 40)
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "") }
        #expect(error?.code == .tooLarge)
    }

    @Test func messagesSayWhereWhatAndWhatPyTorchSays() throws {
        let path = folder.file("legacy.pth")
        let error = #expect(throws: CheckpointError.self) {
            try LegacyBytes("(dS'fc.weight'\n" + LegacyBytes.tensor(sizes: [3, 2]) + "s").open(in: folder)
        }
        #expect(
            error?.description
                == "\(path): fc.weight: storage '7' has 16 bytes, float32 3×2 with strides [2, 1] and offset 0 needs 24 "
                + "(PyTorch says: Trying to resize storage that is not resizable)")
        var cut = LegacyBytes(Self.tensor)
        cut.missing = 5
        let other = #expect(throws: CheckpointError.self) { try cut.open(in: folder) }
        #expect(other?.torchMessage == "unexpected EOF, expected 5 more bytes. The file might be corrupted.")
    }

    @Test(
        "files that are something else are recognised",
        arguments: [
            ("", .empty, "the file is empty"), ("<!DOCTYPE html><p>", .html, "a web page"),
            (" \n<HTML>", .html, "a web page"), ("<?xml version=\"1.0\"?><Error>", .xml, "an XML document"),
            ("version https://git-lfs.github.com/spec/v1\noid", .lfsPointer, "a Git LFS pointer"),
            ("{\"error\": 1}", .notACheckpoint, "not a checkpoint but JSON text"),
            ("BZh91AY", .notACheckpoint, "not a checkpoint but a bzip2 file"),
            ("PK\u{3}\u{4} and nothing more", .truncated, "the zip archive is cut off"),
            ("hello", .notACheckpoint, "not a checkpoint but text that begins with 'hello'; fetch it again"),
            ("\u{1}\u{2}\u{3}", .notACheckpoint, "none of the formats"),
            ("PK\u{5}\u{6}", .notACheckpoint, "not a checkpoint but an empty zip"),
        ] as [(String, FileDefect.Cause, String)])
    func signatures(content: String, cause: FileDefect.Cause, message: String) throws {
        let path = try folder.write(Array(content.utf8), to: "x.pth")
        let file = try MappedFile(path)
        #expect(CheckpointStructure.defect(in: file)?.cause == cause)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func aFileThatIsNotThereIsTheSystemsError() {
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open("/nonexistent/x.pth") }
        #expect(error?.description == "/nonexistent/x.pth: cannot open: there is no such file")
        #expect(error?.kind == .unreadable)
    }

    @Test func aFlippedBitInAZipIsFound() throws {
        var bytes = try Fixtures.bytes(Fixtures.file("tensor.pth"))
        let whole = try Checkpoint.open(Fixtures.file("tensor.pth"))
        // The six int64 of the only storage begin with 0, 1, 2.
        let pattern: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
        let place = try #require((0..<bytes.count - 17).last { bytes[$0..<$0 + 17].elementsEqual(pattern) })
        bytes[place + 20] ^= 4
        let path = try folder.write(bytes, to: "flipped.pth")
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.tensors == whole.tensors)
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "") }
        #expect(error?.message.hasPrefix("the CRC-32 is ") == true)
        let file = try MappedFile(path)
        #expect(CheckpointStructure.defect(in: file)?.cause == .corruptRecord)
    }
}
