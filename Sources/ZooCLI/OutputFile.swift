import FoundationEssentials
import SystemPackage
import ZooCore

/// A file that a command is going to write.
enum OutputFile {
    /// Finds out before the work that the result will have a place.
    ///
    /// - Throws: ``FileError`` if the folder is not there or not writable, ``UsageError`` for a format that is not
    ///   written.
    static func check(_ path: FilePath) throws {
        switch path.extension?.lowercased() {
        case "pth", "pt", "tar", "th", "safetensors": break
        case let other:
            throw UsageError(
                "\(path): zoo writes PyTorch and safetensors checkpoints; name the output .pth or .safetensors, not "
                    + (other.map { ".\($0)" } ?? "without an extension"))
        }
        try checkPlace(path)
    }

    /// Finds out before the work whether a file can be made at `path`.
    ///
    /// - Throws: ``FileError`` if the folder is not there or not writable, or `path` is a folder.
    static func checkPlace(_ path: FilePath) throws {
        if FileManager.default.isDirectory(path) { throw FileError(.create, path, .isDirectory) }
        let folder = path.removingLastComponent()
        let place = folder.isEmpty ? FilePath(".") : folder
        guard FileManager.default.isDirectory(place) else {
            throw FileError(.create, path, .noSuchFileOrDirectory)
        }
        guard FileManager.default.isWritableFile(atPath: place.string) else {
            throw FileError(.create, path, .permissionDenied)
        }
    }
}

/// A folder that a command is going to write files into.
enum OutputFolder {
    /// Makes a folder, unless it is there.
    ///
    /// - Throws: ``FileError`` if it cannot be made or written to, or a file has its name.
    static func make(_ path: FilePath) throws -> FilePath {
        if FileManager.default.fileExists(atPath: path.string), !FileManager.default.isDirectory(path) {
            throw FileError(.create, path, .notDirectory)
        }
        do {
            try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
        } catch {
            throw FileError(.create, path, .permissionDenied)
        }
        guard FileManager.default.isWritableFile(atPath: path.string) else {
            throw FileError(.create, path, .permissionDenied)
        }
        return path
    }
}

extension FileManager {
    fileprivate func isDirectory(_ path: FilePath) -> Bool {
        var isDirectory = false
        return fileExists(atPath: path.string, isDirectory: &isDirectory) && isDirectory
    }
}
