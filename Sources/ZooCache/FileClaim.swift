import Glibc
import SystemPackage
import ZooCore

/// Being the only writer of a file, among all processes of this machine.
///
/// The claim is an advisory lock (`flock`) on the file itself: it ends with the process however that ends, and leaves no
/// lock files behind. Some network file systems pretend to lock; the digest that gates publishing guards the result
/// there too, though not the effort.
enum FileClaim {
    /// Opens `path` and locks it: for writing, making it where it is missing, or only for reading.
    ///
    /// - Returns: `nil` if another descriptor holds the lock, or if there is no such file and none may be made.
    static func open(_ path: FilePath, toWrite: Bool = true) throws(FileError) -> FileDescriptor? {
        while true {
            let descriptor: FileDescriptor
            do {
                descriptor = try FileDescriptor.open(
                    path, toWrite ? .readWrite : .readOnly,
                    options: toWrite ? [.create, .closeOnExec, .noFollow] : [.closeOnExec, .noFollow],
                    permissions: FilePermissions(rawValue: 0o666))
            } catch {
                if !toWrite, error as? Errno == .noSuchFileOrDirectory { return nil }
                throw FileError(toWrite ? .create : .open, path, error as? Errno ?? .ioError)
            }
            guard try lock(descriptor, path: path) else {
                try? descriptor.close()
                return nil
            }
            // Between opening and locking, the former holder may have renamed or removed the file.
            if let named = try? FileStatus(ofEntry: path), let opened = try? FileStatus(of: descriptor, path: path),
                named.isSameFile(as: opened)
            {
                return descriptor
            }
            try? descriptor.close()
        }
    }

    private static func lock(_ descriptor: FileDescriptor, path: FilePath) throws(FileError) -> Bool {
        while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
            switch Errno.current {
            case .wouldBlock: return false
            case .interrupted: continue
            default:
                let reason = Errno.current
                try? descriptor.close()
                throw FileError(.lock, path, reason)
            }
        }
        return true
    }

    /// Gives the file at `old` the name `new`, replacing what has it.
    static func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
        let status = unsafe old.withPlatformString { old in
            unsafe new.withPlatformString { new in unsafe Glibc.rename(old, new) }
        }
        guard status == 0 else { throw FileError(.rename, new, .current) }
    }

    /// Removes a file or a symbolic link; one that is not there is no error.
    static func remove(_ path: FilePath) throws(FileError) {
        guard unsafe path.withPlatformString({ unsafe unlink($0) }) != 0, Errno.current != .noSuchFileOrDirectory
        else { return }
        throw FileError(.remove, path, .current)
    }
}
