import Glibc
import SystemPackage

/// The places of an ``AtomicFile`` in the making, which threads fill in any order.
public struct PlacedFile: Sendable {
    private let destination: FilePath
    private let descriptor: FileDescriptor

    init(destination: FilePath, descriptor: FileDescriptor) {
        self.destination = destination
        self.descriptor = descriptor
    }

    /// Writes `bytes` from byte `offset` of the file on.
    ///
    /// - Throws: ``FileError`` naming the destination, for example when the disk is full.
    /// - Complexity: O(length of `bytes`).
    public func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        do {
            _ = try unsafe bytes.withUnsafeBytes { buffer in
                unsafe try descriptor.writeAll(toAbsoluteOffset: Int64(offset), buffer)
            }
        } catch {
            throw FileError(.write, destination, error as? Errno ?? .ioError)
        }
    }
}
