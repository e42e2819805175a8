import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Archives of PyTorch 0.1, written member by member.
@Suite struct TarDefectTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    struct Archive: Sendable {
        var pickle = "S'5'\nQ."
        var storages = Archive.storage("I9\n") + Array("(l(I7\nI9\nI1\nI2\nta.".utf8)
        var tensors = Archive.tensor()
        var names = ["sys_info", "pickle", "tensors", "storages"]
        var missing = 0
        var flipped: Int?

        static func number(_ value: Int, _ count: Int = 8) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }

        static func storage(_ key: String, count: Int = 4, type: String = "ShortStorage") -> [UInt8] {
            Array("I1\n.(\(key)S'cpu'\nctorch\n\(type)\nt.".utf8) + number(count) + [1, 0, 2, 0, 3, 0, 4, 0]
        }

        static func tensor(
            storage: String = "I7\n", sizes: [Int] = [2], strides: [Int] = [1], offset: Int = 0, rank: Int? = nil
        ) -> [UInt8] {
            Array("I1\n.(I5\n\(storage)ctorch\nShortTensor\nt.".utf8) + number(rank ?? sizes.count, 4) + number(0, 4)
                + (sizes + strides + [offset]).flatMap { number($0) }
        }

        var bytes: [UInt8] {
            let contents = [Array("(dS'protocol_version'\nI1000\ns.".utf8), Array(pickle.utf8), tensors, storages]
            var result: [UInt8] = []
            for (name, content) in zip(names, contents) {
                result += TarBytes.member(name, content)
            }
            result += [UInt8](repeating: 0, count: 1024)
            if let flipped { result[flipped] ^= 1 }
            return Array(result.dropLast(missing))
        }
    }

    @Test func theUndamagedFileIsRead() throws {
        let checkpoint = try Checkpoint.open(try folder.write(Archive().bytes, to: "x"))
        #expect(try checkpoint.tensor(named: "").float32Values() == [2, 3])
        #expect(checkpoint.tensors.first?.layout.offset == 1)
        #expect(checkpoint.format == .torchTar)
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        var code = CheckpointError.Code.malformed
        let change: @Sendable (inout Archive) -> Void
        var testDescription: String { name }
    }

    static let defects = [
        Defect(name: "cut in a member", code: .truncated) { $0.missing = 1024 + 500 },
        Defect(name: "cut in a header", code: .truncated) { $0.missing = 1024 + 512 + 100 },
        Defect(name: "a flipped bit in a header") { $0.flipped = 512 + 512 + 3 },
        Defect(name: "no storages", code: .notACheckpoint) { $0.names[3] = "other" },
        Defect(name: "a member twice") { $0.names[2] = "pickle" },
        Defect(name: "storages that end early") { $0.storages.removeLast(30) },
        Defect(name: "a negative count") { $0.storages = Archive.storage("I9\n", count: -1) },
        Defect(name: "a huge count") { $0.storages = Archive.storage("I9\n", count: .max) },
        Defect(name: "an unknown class", code: .unsupported) {
            $0.storages = Archive.storage("I9\n", type: "OddStorage")
        },
        Defect(name: "a key that is a list") { $0.storages = Archive.storage("(l") },
        Defect(name: "a view outside") { $0.storages = Archive.storage("I9\n") + Array("(l(I7\nI9\nI3\nI2\nta.".utf8) },
        Defect(name: "a view of nothing") {
            $0.storages = Archive.storage("I9\n") + Array("(l(I7\nI8\nI0\nI2\nta.".utf8)
        },
        Defect(name: "a tensor of no storage") { $0.tensors = Archive.tensor(storage: "I8\n") },
        Defect(name: "a tensor larger than its view") { $0.tensors = Archive.tensor(sizes: [3]) },
        Defect(name: "a negative size of a tensor") { $0.tensors = Archive.tensor(sizes: [-1]) },
        Defect(name: "a negative stride") { $0.tensors = Archive.tensor(strides: [-1], offset: 1) },
        Defect(name: "an offset that overflows") { $0.tensors = Archive.tensor(offset: .max) },
        Defect(name: "too many axes") { $0.tensors = Archive.tensor(rank: 1 << 30) },
        Defect(name: "a tensor that is not there") { $0.pickle = "S'6'\nQ." },
        Defect(name: "a storage that is not there") {
            $0.pickle =
                "ctorch._utils\n_rebuild_tensor\n((S'storage'\nctorch\nShortStorage\nS'8'\nS'cpu'\nI4\ntQI0\n(I1\nt(I1\nttR."
        },
        Defect(name: "a storage of another size") {
            $0.pickle =
                "ctorch._utils\n_rebuild_tensor\n((S'storage'\nctorch\nShortStorage\nS'9'\nS'cpu'\nI5\ntQI0\n(I1\nt(I1\nttR."
        },
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        var archive = Archive()
        defect.change(&archive)
        let path = try folder.write(archive.bytes, to: "x")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.code == defect.code, "\(error?.description ?? "")")
        let file = try MappedFile(path)
        #expect((CheckpointStructure.defect(in: file) == nil) == (defect.code == .unsupported))
    }
}

enum TarBytes {
    /// A header with its checksum, and the padded contents.
    static func member(_ name: String, _ contents: [UInt8], kind: Character = "0", size: String? = nil) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func set(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: Array(text.utf8))
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        set(name, at: 0)
        set(size ?? octal(contents.count, 11), at: 124)
        set(String(kind), at: 156)
        set("ustar\u{0}00", at: 257)
        set("        ", at: 148)
        set(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        let padding = (512 - contents.count % 512) % 512
        return header + contents + [UInt8](repeating: 0, count: padding)
    }
}
