import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore

/// What torch 2.13 prints for a broken file stands in zoo's messages, so that a search for it leads here.
@Suite struct TorchMessageTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    struct Broken: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        let torch: String?
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ torch: String?) {
            self.name = name
            self.bytes = bytes
            self.torch = torch
        }
    }

    private static func cut(_ fixture: String, to count: Int) -> [UInt8] {
        Array(((try? Fixtures.bytes(Fixtures.file(fixture))) ?? []).prefix(count))
    }

    static let table: [Broken] = [
        Broken("empty", [], "EOFError: Ran out of input"),
        Broken("a web page", Array("<!DOCTYPE html><html>".utf8), "UnpicklingError: invalid load key, '<'."),
        Broken(
            "an error document", Array("<?xml version=\"1.0\"?><Error/>".utf8),
            "UnpicklingError: invalid load key, '<'."),
        Broken(
            "an LFS pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".utf8),
            "UnpicklingError: invalid load key, 'v'."),
        Broken("HDF5", [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a, 0, 0], "UnpicklingError: invalid load key, 'H'."),
        Broken("gzip", [0x1f, 0x8b, 8, 0, 1, 2], "UnpicklingError: invalid load key, '\\x1f'."),
        Broken("zeros", [0, 1, 2, 3], "UnpicklingError: invalid load key, '\\x00'."),
        Broken(
            "text that Python would take further", Array("no pickle".utf8), "UnpicklingError: invalid load key, 'n'."),
        Broken("text that begins with an instruction", Array("abc".utf8), "IndexError: pop from empty list"),
        Broken(
            "a cut tar", cut("numbered.tar", to: 3000),
            "RuntimeError: Cannot use ``weights_only=True`` with files saved in the legacy .tar format. … "
                + "With weights_only=False: UnpicklingError: unpickling stack underflow"),
        Broken(
            "a tar cut between members", cut("numbered.tar", to: 4096),
            "RuntimeError: Cannot use ``weights_only=True`` with files saved in the legacy .tar format. … "
                + "With weights_only=False: KeyError: \"filename 'storages' not found\""),
        Broken(
            "a tar cut behind an extended header", cut("numbered.tar", to: 3072),
            "With weights_only=False: UnpicklingError: unpickling stack underflow"),
        Broken("the first header of a tar", cut("numbered.tar", to: 512), "IndexError: pop from empty list"),
        Broken("an instruction", Array("(no pickle".utf8), nil),
        Broken("the beginning of a zip", Array("PK\u{3}\u{4}".utf8), "failed reading zip archive: not a ZIP archive"),
        Broken(
            "a cut zip", cut("training.pth", to: 1500), "failed reading zip archive: failed finding central directory"),
        Broken("a zip of 5 KB less a byte", cut("training.pth", to: 5710), "OSError: [Errno 22] Invalid argument"),
        Broken("a cut legacy file", cut("training-legacy.pth", to: 2000), "EOFError: Ran out of input"),
        Broken(
            "cut safetensors", cut("all.safetensors", to: 100),
            "Error while deserializing header: invalid header length"),
    ]

    @Test("inspect and verify quote it", arguments: table)
    func quoted(broken: Broken) throws {
        let path = try folder.write(broken.bytes, to: "broken.pth")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        let defect = try #require(CheckpointStructure.defect(in: MappedFile(path)))
        if let torch = broken.torch {
            #expect(error?.torchMessage?.hasSuffix(torch) == true, "\(error?.torchMessage ?? "nothing")")
            #expect(defect.detail.contains("(PyTorch says: \(error?.torchMessage ?? "?"))"), "\(defect.detail)")
        } else {
            #expect(error?.torchMessage == nil)
        }
    }
}
