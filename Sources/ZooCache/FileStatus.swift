import Glibc
import SystemPackage
import ZooCore

/// What the system says about a file without opening it.
///
/// Two are equal if the file was not changed between them; looking at its bytes is no change.
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
    /// The same in nanoseconds.
    let modifiedNanoseconds: Int
    /// When bytes, name or owner last changed, in nanoseconds since 1970. No program can set it back.
    let changedNanoseconds: Int
    /// When the bytes were last looked at, in seconds since 1970, as far as the file system keeps track.
    let accessed: Double

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
        modified = Self.seconds(status.st_mtim)
        modifiedNanoseconds = Self.nanoseconds(status.st_mtim)
        changedNanoseconds = Self.nanoseconds(status.st_ctim)
        accessed = Self.seconds(status.st_atim)
    }

    private static func seconds(_ time: timespec) -> Double {
        Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func nanoseconds(_ time: timespec) -> Int {
        // A time far outside the years that fit is as good as any other.
        Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
    }

    static func == (one: FileStatus, other: FileStatus) -> Bool {
        one.type == other.type && one.byteCount == other.byteCount && one.isSameFile(as: other)
            && one.modifiedNanoseconds == other.modifiedNanoseconds
    }

    /// Whether both are one file, whatever its bytes.
    func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }

    /// The time now, on the clock of ``modified``.
    static var now: Double {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &time)
        return seconds(time)
    }
}
