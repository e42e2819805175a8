import Foundation
public import SystemPackage

/// A file system of one test: a small disk in memory, or a read-only view of a folder. Needs root.
public final class Mount {
    /// Where it is mounted.
    public let path: FilePath
    private let folder: ScratchFolder?

    /// Whether this process may mount anything.
    public static let isPossible = (try? Mount(byteCount: 1 << 16)) != nil

    /// Why tests that mount something are skipped.
    public static let impossibility = "mounting a small disk needs root"

    /// Mounts an empty disk of that size in a new folder.
    public init(byteCount: Int) throws {
        let folder = try ScratchFolder()
        path = folder.path
        self.folder = folder
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(byteCount)", "zoo-test", path.string)
    }

    /// Makes `folder` read-only.
    public init(readOnly folder: FilePath) throws {
        path = folder
        self.folder = nil
        try Self.run("mount", "--bind", "-o", "ro", path.string, path.string)
    }

    deinit {
        try? Self.run("umount", "-l", path.string)
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteNoPermission) }
    }
}
