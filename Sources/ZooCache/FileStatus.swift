import Glibc
import SystemPackage
import ZooCore

/// What the system says about a file without opening it.
struct FileStatus: Equatable {
    enum Kind: Equatable {
        case file, folder, link, other
    }

    let type: Kind
    let byteCount: Int
    let device: UInt64
    let inode: UInt64
    /// When the bytes last changed, in seconds since 1970.
    let modified: Double

    /// The file that `path` leads to, at the end of symbolic links.
    init(following path: FilePath) throws(FileError) {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else {
            throw FileError(.inspect, path, .current)
        }
        self.init(status)
    }

    /// What `path` itself names, be it a symbolic link.
    init(ofEntry path: FilePath) throws(FileError) {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe lstat($0, &status) }) == 0 else {
            throw FileError(.inspect, path, .current)
        }
        self.init(status)
    }

    /// The open file; `path` is for the error.
    init(of descriptor: FileDescriptor, path: FilePath) throws(FileError) {
        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw FileError(.inspect, path, .current) }
        self.init(status)
    }

    private init(_ status: stat) {
        type =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        byteCount = Int(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        modified = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    }

    /// Whether both are one file, whatever its bytes.
    func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }

    /// The time now, on the clock of ``modified``.
    static var now: Double {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
