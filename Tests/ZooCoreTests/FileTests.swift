import Glibc
import SystemPackage
import TestSupport
import Testing
import ZooCore

@Suite struct FileTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test func aFileAppearsOnlyWhenPublished() throws {
        let path = folder.file("a.bin")
        var file = try AtomicFile(at: path)
        try file.write([1, 2, 3])
        #expect(throws: FileError(.open, path, .noSuchFileOrDirectory)) { try MappedFile(path) }
        try file.publish()
        #expect(try content(of: path) == [1, 2, 3])
    }

    @Test func anAbandonedFileLeavesNothing() throws {
        do {
            var file = try AtomicFile(at: folder.file("b.bin"))
            try file.write([UInt8](repeating: 7, count: 200_000))
        }
        #expect(try folder.contents() == [])
    }

    @Test func aMappedFileKeepsItsBytesWhenAnotherTakesItsName() throws {
        let path = folder.file("c.bin")
        var first = try AtomicFile(at: path)
        try first.write([1, 1, 1, 1])
        try first.publish()
        let mapped = try MappedFile(path)
        var second = try AtomicFile(at: path)
        try second.write([2])
        try second.publish()
        let kept = [UInt8](copying: mapped.bytes)
        #expect(kept == [1, 1, 1, 1])
        #expect(try content(of: path) == [2])
    }

    @Test func emptyFilesAndFoldersMap() throws {
        let path = folder.file("d.bin")
        try AtomicFile(at: path).publish()
        #expect(try content(of: path) == [])
        #expect(throws: FileError(.map, folder.path, .isDirectory)) { try MappedFile(folder.path) }
    }

    @Test("a named pipe is not waited for", .timeLimit(.minutes(1)))
    func aNamedPipeIsNoFile() throws {
        let path = folder.file("pipe")
        let status = unsafe mkfifo(path.string, 0o600)
        try #require(status == 0)
        let error = FileError(.map, path, .invalidArgument)
        #expect(throws: error) { try MappedFile(path) }
        #expect(error.kind == .unreadable)
        #expect(error.description == "\(path): cannot map: it is a pipe or a device, a file was expected")
    }

    private func content(of path: FilePath) throws -> [UInt8] {
        let file = try MappedFile(path)
        return [UInt8](copying: file.bytes)
    }
}
