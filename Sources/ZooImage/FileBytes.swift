internal import Glibc
internal import SystemPackage
internal import ZooCore

/// Reads image files whole.
///
/// They are read and not mapped: a mapped file that another program cuts short while it is decoded would end this
/// program, and images are small.
enum FileBytes {
    /// The longest file that is read, in bytes. No image of ``Image/maximumPixelCount`` pixels needs more.
    static let maximumByteCount = 1 << 30

    /// The bytes of the regular file at `path`.
    ///
    /// - Throws: ``ImageError`` `.unreadable`, or `.tooLarge`.
    static func read(_ path: FilePath) throws(ImageError) -> [UInt8] {
        let descriptor: FileDescriptor
        do {
            // Without nonBlocking, opening a named pipe would wait for a writer.
            descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch {
            throw ImageError(.open, path, error as? Errno ?? .ioError)
        }
        defer { try? descriptor.close() }
        let byteCount = try regularFileSize(descriptor, path)
        var failure: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            while count < buffer.count {
                do {
                    let rest = unsafe UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    let step = unsafe try descriptor.read(into: rest)
                    if step == 0 { return }  // The file became shorter meanwhile; the decoder will see.
                    count += step
                } catch {
                    failure = error as? Errno ?? .ioError
                    return
                }
            }
        }
        if let failure { throw ImageError(.read, path, failure) }
        return bytes
    }

    private static func regularFileSize(_ descriptor: FileDescriptor, _ path: FilePath) throws(ImageError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw ImageError(.inspect, path, .current) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ImageError(.read, path, .isDirectory)
        default: throw ImageError(.notAnImage, path, "it is not a regular file; name an image file")
        }
        let byteCount = Int(status.st_size)
        guard byteCount <= maximumByteCount else {
            throw ImageError(
                .tooLarge, path,
                "the file has \(byteCount) bytes, zoo reads images of up to \(maximumByteCount); make it smaller")
        }
        return byteCount
    }
}
