import Glibc
public import SystemPackage

/// A file in the making, which takes its name only when it is complete.
///
/// The bytes go to a temporary file beside the destination; ``publish()`` flushes them to the disk and renames.
/// A reader, or a process that has the old file mapped, never sees half of either. If the value goes away
/// unpublished, the temporary file is removed.
///
/// ```swift
/// var file = try AtomicFile(at: "model.pth")
/// try file.write(header.rawSpan)
/// try file.write(tensor.contiguousBytes)
/// try file.publish()
/// ```
public struct AtomicFile: ~Copyable {
    /// The name that the file will have.
    public let destination: FilePath
    /// How many bytes were written so far.
    public private(set) var byteCount = 0

    private let temporary: FilePath
    private let descriptor: FileDescriptor
    private var buffer: [UInt8] = []
    private var isOpen = true

    /// Bytes are gathered up to this many before they are written.
    private static let bufferCapacity = 1 << 16

    /// Begins a file that will replace `destination`, in the same folder. The folder must exist.
    ///
    /// The file gets mode 0666 less the umask.
    ///
    /// - Throws: ``FileError`` if the temporary file cannot be made.
    public init(at destination: FilePath) throws(FileError) {
        let name = destination.lastComponent?.string ?? "file"
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = destination.removingLastComponent().appending(".\(name).\(suffix).tmp")
        do {
            descriptor = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o666))
        } catch {
            throw FileError(.create, destination, error as? Errno ?? .ioError)
        }
        self.destination = destination
        self.temporary = temporary
    }

    deinit {
        guard isOpen else { return }
        try? descriptor.close()
        unsafe temporary.withPlatformString { _ = unsafe unlink($0) }
    }

    /// Appends `bytes`.
    ///
    /// - Throws: ``FileError`` naming the destination, for example when the disk is full.
    /// - Complexity: O(length of `bytes`).
    public mutating func write(_ bytes: RawSpan) throws(FileError) {
        byteCount += bytes.byteCount
        if buffer.count + bytes.byteCount <= Self.bufferCapacity {
            unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
            return
        }
        try flush()
        try writeThrough(bytes)
    }

    /// Appends `bytes`.
    ///
    /// - Throws: ``FileError`` naming the destination.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try write(bytes.rawSpan)
    }

    /// Flushes everything to the disk, then gives the file its name. Nothing can be written afterwards.
    ///
    /// - Parameter flushing: `false` leaves the time of flushing to the system: quicker, for small files of which nobody
    ///   minds if a power failure leaves them empty.
    /// - Throws: ``FileError``; the destination is then as it was before.
    public consuming func publish(flushing: Bool = true) throws(FileError) {
        try flush()
        guard !flushing || fsync(descriptor.rawValue) == 0 else { throw FileError(.synchronize, destination, .current) }
        let status = unsafe temporary.withPlatformString { old in
            unsafe destination.withPlatformString { new in unsafe rename(old, new) }
        }
        guard status == 0 else { throw FileError(.rename, destination, .current) }
        isOpen = false
        do { try descriptor.close() } catch {
            throw FileError(.write, destination, error as? Errno ?? .ioError)
        }
    }

    private mutating func flush() throws(FileError) {
        let pending = buffer
        buffer.removeAll(keepingCapacity: true)
        try writeThrough(pending.rawSpan)
    }

    private func writeThrough(_ bytes: RawSpan) throws(FileError) {
        do {
            _ = try unsafe bytes.withUnsafeBytes { buffer in unsafe try descriptor.writeAll(buffer) }
        } catch {
            throw FileError(.write, destination, error as? Errno ?? .ioError)
        }
    }
}
