import Glibc
import SystemPackage
import ZooCore

/// What is done to the names of files; each is one step that nothing can cut in two.
enum FileNames {
    /// Gives the file at `old` the name `new`, replacing what has it.
    static func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
        let status = unsafe old.withPlatformString { old in
            unsafe new.withPlatformString { new in unsafe Glibc.rename(old, new) }
        }
        guard status == 0 else { throw FileError(.rename, new, .current) }
    }

    /// Gives the file at `path` a second name.
    static func link(_ path: FilePath, as other: FilePath) throws(FileError) {
        let status = unsafe path.withPlatformString { path in
            unsafe other.withPlatformString { other in unsafe Glibc.link(path, other) }
        }
        guard status == 0 else { throw FileError(.create, other, .current) }
    }

    /// Removes a file or a symbolic link; one that is not there is no error.
    static func remove(_ path: FilePath) throws(FileError) {
        guard unsafe path.withPlatformString({ unsafe unlink($0) }) != 0, Errno.current != .noSuchFileOrDirectory
        else { return }
        throw FileError(.remove, path, .current)
    }

    /// Says that the file at `path` was written now, by the clock of whoever keeps it.
    ///
    /// - Returns: Whether that could be done.
    @discardableResult static func touch(_ path: FilePath) -> Bool {
        unsafe path.withPlatformString { unsafe utimensat(AT_FDCWD, $0, nil, AT_SYMLINK_NOFOLLOW) == 0 }
    }
}
