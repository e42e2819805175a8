import Foundation
public import SystemPackage

/// A new empty folder for one test, removed with everything in it when the value goes away.
public final class ScratchFolder: Sendable {
    /// Where it is.
    public let path: FilePath

    /// Makes the folder.
    public init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = FilePath(folder.path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// The path of `name` in the folder.
    public func file(_ name: String) -> FilePath {
        path.appending(name)
    }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> FilePath {
        let target = file(name)
        try FileManager.default.createDirectory(
            atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: target.string))
        return target
    }

    /// Everything in the folder and its subfolders, as sorted relative paths.
    public func contents() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path.string).sorted()
    }
}
