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

extension FileManager {
    fileprivate func isDirectory(_ path: FilePath) -> Bool {
        var isDirectory = false
        return fileExists(atPath: path.string, isDirectory: &isDirectory) && isDirectory
    }
}
