import Glibc
public import SystemPackage
public import ZooCore

extension SHA256Digest {
    /// The length and the digest of the file at `path`, at the end of symbolic links.
    ///
    /// The file is read, not mapped: one that another program cuts short meanwhile gives a digest of what was there,
    /// where touching a mapping of it would end the process.
    ///
    /// - Parameter isCancelled: Asked every megabyte; when it answers `true` the result is `nil`.
    /// - Throws: ``FileError`` if it cannot be read or is not a regular file.
    /// - Complexity: O(length of the file); one buffer of 256 KiB.
    public static func ofFile(
        _ path: FilePath, isCancelled: () -> Bool = { false }
    ) throws(FileError) -> (byteCount: Int, sha256: SHA256Digest)? {
        guard try FileStatus(following: path).type == .file else {  // Opening a pipe would wait for its other end.
            throw FileError(
                .read, path, try FileStatus(following: path).type == .folder ? .isDirectory : .invalidArgument)
        }
        let descriptor: FileDescriptor
        do {
            descriptor = try .openUnnoticed(path)
        } catch {
            throw FileError(.open, path, error as? Errno ?? .ioError)
        }
        defer { try? descriptor.close() }
        var hash = SHA256()
        guard let count = try hash.update(from: descriptor, limit: .max, path: path, isCancelled: isCancelled) else {
            return nil
        }
        return (count, hash.finish())
    }
}

extension SHA256 {
    /// Adds what `descriptor` gives from its position, up to `limit` bytes or its end.
    ///
    /// - Returns: How many bytes there were; `nil` if cancelled.
    mutating func update(
        from descriptor: FileDescriptor, limit: Int, path: FilePath, isCancelled: () -> Bool
    ) throws(FileError) -> Int? {
        _ = posix_fadvise(descriptor.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
        var buffer = [UInt8](repeating: 0, count: min(limit, 1 << 18))
        var total = 0
        while total < limit {
            if total & ((1 << 20) - 1) == 0, isCancelled() { return nil }
            let wanted = min(buffer.count, limit - total)
            let count: Int
            do {
                count = try unsafe buffer.withUnsafeMutableBytes { bytes in
                    unsafe try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
                }
            } catch {
                throw FileError(.read, path, error as? Errno ?? .ioError)
            }
            if count == 0 { break }
            update(buffer.rawSpan.extracting(0..<count))
            total += count
        }
        return total
    }
}
