import Glibc
public import SystemPackage

/// A whole file, mapped read-only into memory.
///
/// Opening it reads nothing; pages come in when their bytes are looked at. Choose it for checkpoints, where most
/// commands look at a small part of a large file. The mapping shows the file as it was opened even when another file is
/// renamed over it; zoo itself never truncates or writes a file in place, and nothing else should do so meanwhile.
@safe public final class MappedFile: @unchecked Sendable {
    // @unchecked: the mapping is read-only and lives exactly as long as the object.

    /// Where the file was found.
    public let path: FilePath
    /// The length of the file.
    public let byteCount: Int
    private let base: UnsafeRawPointer?

    /// Maps the file at `path`.
    ///
    /// - Parameter unnoticed: Whether reading it shall not count as its use (``SystemPackage/FileDescriptor/openUnnoticed(_:)``).
    /// - Throws: ``FileError`` if it cannot be opened or mapped, or is not a regular file.
    public init(_ path: FilePath, unnoticed: Bool = false) throws(FileError) {
        let descriptor: FileDescriptor
        do {
            // Not blocking, since a named pipe would be waited for otherwise; it makes no difference to files.
            descriptor =
                unnoticed
                ? try .openUnnoticed(path) : try .open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch {
            throw FileError(.open, path, error as? Errno ?? .ioError)
        }
        defer { try? descriptor.close() }

        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw FileError(.inspect, path, .current) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.map, path, status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument)
        }
        let count = Int(status.st_size)
        self.path = path
        self.byteCount = count
        if count == 0 {  // An empty file cannot be mapped.
            unsafe self.base = nil
            return
        }
        guard let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0),
            unsafe mapping != MAP_FAILED
        else { throw FileError(.map, path, .current) }
        unsafe self.base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base = unsafe base {
            unsafe _ = munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
        }
    }

    /// The bytes of the file, borrowed from the mapping.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let buffer = unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
        }
    }

    /// Tells the system that the whole file will be read once from front to back, so that it reads ahead.
    public func adviseSequential() {
        guard let base = unsafe base else { return }
        unsafe _ = madvise(UnsafeMutableRawPointer(mutating: base), byteCount, MADV_SEQUENTIAL)
    }
}

extension FileDescriptor {
    /// Opens a file for reading, so that it does not count as its use (`st_atim`), where the system allows that: to its
    /// owner.
    ///
    /// - Throws: `Errno`.
    public static func openUnnoticed(_ path: FilePath) throws -> FileDescriptor {
        let noAccessTime = OpenOptions(rawValue: 0o1_000_000)  // O_NOATIME, which Glibc hides.
        do {
            return try open(path, .readOnly, options: [.closeOnExec, noAccessTime])
        } catch Errno.notPermitted {
            return try open(path, .readOnly, options: .closeOnExec)
        }
    }
}

extension Errno {
    /// The reason the last system call of this thread failed.
    public static var current: Errno { Errno(rawValue: errno) }
}
