import Glibc
import SystemPackage
import ZooCore

/// A complete file that still has its temporary name; it goes away with the object unless it is published.
final class PendingFile {
    let path: FilePath
    let temporary: FilePath
    private var file: AtomicFile?

    init(_ file: consuming AtomicFile) {
        path = file.destination
        temporary = file.temporary
        self.file = consume file
    }

    /// Gives all files their names, in order; if one cannot have its own, those before it are removed again.
    ///
    /// The bytes are not forced to the disk: docs/decisions/0004 says why.
    static func publish(_ files: [PendingFile]) throws(FileError) {
        for (index, file) in files.enumerated() {
            do throws(FileError) {
                try file.publish()
            } catch {
                for earlier in files[..<index] { unsafe earlier.path.withPlatformString { _ = unsafe unlink($0) } }
                throw error
            }
        }
    }

    private func publish() throws(FileError) {
        guard let file = file.take() else { return }
        try file.publish(durably: false)
    }
}
