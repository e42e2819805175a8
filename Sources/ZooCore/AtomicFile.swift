import Glibc
public import SystemPackage

/// A file in the making, which takes its name only when it is complete.
///
/// The bytes go to a temporary file beside the destination; ``publish(durably:)`` flushes them to the disk and renames.
/// A reader, or a process that has the old file mapped, never sees half of either. If the value goes away
/// unpublished, the temporary file is removed. What was written can be read again before it is published, under
/// ``temporary``.
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

    /// The name that the file has until it is published.
    public let temporary: FilePath
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

    /// Gives the file its final length before it is written, so that it can be mapped meanwhile; what is not written
    /// yet reads as zeros.
    ///
    /// - Throws: ``FileError`` naming the destination, for example when files may not be that long.
    public func reserve(byteCount: Int) throws(FileError) {
        guard ftruncate(descriptor.rawValue, off_t(byteCount)) == 0 else {
            throw FileError(.write, destination, .current)
        }
    }

    /// A way to write at any place of the file, for several threads at once.
    ///
    /// It must not be used once the file is published or gone.
    public var placed: PlacedFile { PlacedFile(destination: destination, descriptor: descriptor) }

    /// Hands everything written so far to the system, so that a reader of ``temporary`` sees it.
    ///
    /// - Throws: ``FileError`` naming the destination.
    public mutating func flush() throws(FileError) {
        guard !buffer.isEmpty else { return }
        let pending = buffer
        buffer.removeAll(keepingCapacity: true)
        try writeThrough(pending.rawSpan)
    }

    /// Flushes everything, then gives the file its name. Nothing can be written afterwards.
    ///
    /// - Parameter durably: whether to wait until the disk has the bytes, so that the file outlives a power failure.
    ///   Without it a crash of the machine, not of the program, within the next half minute may leave an empty file
    ///   under the name; choose that only where the bytes can be made again, and never for a cache.
    /// - Throws: ``FileError``; the destination is then as it was before.
    public consuming func publish(durably: Bool = true) throws(FileError) {
        try flush()
        if durably, fsync(descriptor.rawValue) != 0 { throw FileError(.synchronize, destination, .current) }
        let status = unsafe temporary.withPlatformString { old in
            unsafe destination.withPlatformString { new in unsafe rename(old, new) }
        }
        guard status == 0 else { throw FileError(.rename, destination, .current) }
        isOpen = false
        do { try descriptor.close() } catch {
            throw FileError(.write, destination, error as? Errno ?? .ioError)
        }
    }

    private func writeThrough(_ bytes: RawSpan) throws(FileError) {
        do {
            _ = try unsafe bytes.withUnsafeBytes { buffer in unsafe try descriptor.writeAll(buffer) }
        } catch {
            throw FileError(.write, destination, error as? Errno ?? .ioError)
        }
    }
}
