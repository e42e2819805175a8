import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@Suite struct CacheDirectoryTests {
    /// Expected: `os.path.join(torch.hub.get_dir(), "checkpoints")` of torch 2.13 with that environment.
    @Test(arguments: [
        (["TORCH_HOME": "/t", "XDG_CACHE_HOME": "/x", "HOME": "/h"], "/t/hub/checkpoints"),
        (["XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x/torch/hub/checkpoints"),
        (["HOME": "/h"], "/h/.cache/torch/hub/checkpoints"),
        (["HOME": "/h/", "TORCH_HOME": "~/t"], "/h/t/hub/checkpoints"),
        (["HOME": "/h", "TORCH_HOME": "~"], "/h/hub/checkpoints"),
        (["HOME": "/", "TORCH_HOME": "~"], "/hub/checkpoints"),
        (["HOME": "/h", "TORCH_HOME": "~nobody-of-that-name/t"], "~nobody-of-that-name/t/hub/checkpoints"),
        (["HOME": "/h", "TORCH_HOME": "/a~/t"], "/a~/t/hub/checkpoints"),
        (["HOME": "/h", "TORCH_HOME": ""], "hub/checkpoints"),
        (["HOME": "/h", "XDG_CACHE_HOME": ""], "torch/hub/checkpoints"),
        (["HOME": "/h", "XDG_CACHE_HOME": "~/c"], "/h/c/torch/hub/checkpoints"),
    ])
    func theFolderIsTorchHubs(_ environment: [String: String], _ folder: String) {
        #expect(CacheDirectory(environment: environment).checkpoints.string == folder)
    }

    @Test func foldersAreMadeWithTheUmask() throws {
        let folder = try ScratchFolder()
        let cache = CacheDirectory(environment: ["TORCH_HOME": folder.file("a/b").string])
        #expect(try cache.names() == [])
        try cache.create()
        try cache.create()
        let tag = "a/b/hub/checkpoints/CACHEDIR.TAG"
        let signature = "Signature: 8a477f597d28d172789f06886806bc55\n"
        let attributes = try FileManager.default.attributesOfItem(atPath: cache.checkpoints.string)
        let mask = umask(0)
        umask(mask)
        #expect(attributes[.posixPermissions] as? Int == 0o777 & ~Int(mask))
        #expect(try folder.contents() == ["a", "a/b", "a/b/hub", "a/b/hub/checkpoints", tag])
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file(tag).string)).starts(with: signature.utf8))
    }

    @Test func aFileInTheWayIsNamed() throws {
        let folder = try ScratchFolder()
        try folder.write([1], to: "hub")
        let cache = CacheDirectory(environment: ["TORCH_HOME": folder.path.string])
        let error = #expect(throws: FileError.self) { try cache.create() }
        #expect(error?.path == folder.file("hub"))
        #expect(error?.errno == .notDirectory)
    }

    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "a\nb", "a\0b", String(repeating: "x", count: 250)])
    func namesThatAreNone(_ name: String) {
        #expect(!CacheDirectory.isValid(fileName: name))
    }

    @Test func namesThatAreSome() {
        #expect(CacheDirectory.isValid(fileName: "mnasnet0.5_top1_67.823-3ffadce67e.pth"))
        #expect(CacheDirectory.isValid(fileName: "модель №1.pth"))
    }
}

@Suite struct ExpectedContentTests {
    @Test(arguments: [
        ("resnet18-f37072fd.pth", "f37072fd"), ("mnasnet0.5_top1_67.823-3ffadce67e.pth", "3ffadce67e"),
        ("a-123.b-f37072fd.pth", "f37072fd"), ("resnet20-12fca82f.th", "12fca82f"),
        ("faster_rcnn_20200130-047c8118.pth", "047c8118"), ("model-20200130.pth", nil),
        ("model-20201330.pth", "20201330"),
        ("resnet18_fbgemm_16fa66dd.pth", nil), ("resnet18.pth", nil), ("a-.pth", nil), ("a-F37072FD.pth", nil),
        ("a-f37072fd", nil), ("a-f37072fdx.pth", nil), ("a-\(String(repeating: "a", count: 65)).pth", nil), ("", nil),
    ])
    func hashesInFileNames(_ name: String, _ prefix: String?) {
        #expect(ExpectedContent(fileName: name).sha256Prefix == prefix)
    }

    @Test func whatIsKnownComesBeforeTheFileName() {
        let known = ExpectedContent(sha256Prefix: "00000000")
        #expect(known.completed(fromFileName: "a-f37072fd.pth") == known)
        let length = ExpectedContent(byteCount: 3).completed(fromFileName: "a-f37072fd.pth")
        #expect(length == ExpectedContent(byteCount: 3, sha256Prefix: "f37072fd"))
    }

    @Test func mismatchesAreNamed() {
        let digest = SHA256.digest(of: Array("abc".utf8).rawSpan)  // ba7816bf…
        #expect(ExpectedContent().mismatch(byteCount: 3, sha256: digest) == nil)
        #expect(ExpectedContent(byteCount: 3, sha256Prefix: "BA78").mismatch(byteCount: 3, sha256: digest) == nil)
        let length = ExpectedContent(byteCount: 4, sha256: digest).mismatch(byteCount: 3, sha256: digest)
        #expect(length == FileDefect(.sizeMismatch, "it has 3 bytes, 4 are expected"))
        let hash = ExpectedContent(sha256Prefix: "ba79").mismatch(byteCount: 3, sha256: digest)
        #expect(hash?.cause == .hashMismatch)
        #expect(hash?.detail == "its SHA-256 is \(digest), one that begins with ba79 is expected")
    }
}
