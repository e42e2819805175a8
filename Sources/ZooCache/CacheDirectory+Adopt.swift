public import SystemPackage
public import ZooCore

extension CacheDirectory {
    /// Takes over a finished file of another cache: as a hard link where both are on one file system, else as a copy.
    ///
    /// - Parameters:
    ///   - path: The file; it was verified.
    ///   - fileName: Its name here.
    ///   - sha256: Its digest. A copy is compared with it before it gets its name.
    ///   - isCancelled: Asked every megabyte.
    /// - Throws: ``FileError`` if the file cannot be read or the copy not written, with `EIO` if its bytes changed
    ///   meanwhile, with `ECANCELED` if cancelled; what was here before is then still here.
    /// - Complexity: O(1), or O(length of the file) for a copy.
    public func adopt(
        _ path: FilePath, as fileName: String, sha256: SHA256Digest, isCancelled: () -> Bool = { false }
    ) throws(FileError) {
        if (try? link(path, as: fileName)) != nil { return }
        let source: FileDescriptor
        do {
            source = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        } catch {
            throw FileError(.open, path, error as? Errno ?? .ioError)
        }
        defer { try? source.close() }
        var copy = try AtomicFile(at: self.path(of: fileName))
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if isCancelled() { throw FileError(.read, path, .canceled) }
            let count: Int
            do {
                count = try unsafe piece.withUnsafeMutableBytes { unsafe try source.read(into: $0) }
            } catch {
                throw FileError(.read, path, error as? Errno ?? .ioError)
            }
            if count == 0 { break }
            hash.update(piece.rawSpan.extracting(0..<count))
            try copy.write(piece.rawSpan.extracting(0..<count))
        }
        guard hash.finish() == sha256 else { throw FileError(.read, path, .ioError) }
        try copy.publish()
    }

    /// Gives the file at `path`, at the end of symbolic links, the name `fileName` here too.
    private func link(_ path: FilePath, as fileName: String) throws(FileError) {
        // Under a name of its own first: link(2) replaces nothing.
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = self.path(of: ".\(fileName).\(suffix).tmp")
        guard try FileStatus(ofEntry: path).type == .file else { throw FileError(.create, temporary, .invalidArgument) }
        try FileNames.link(path, as: temporary)
        do throws(FileError) {
            try FileNames.rename(temporary, to: self.path(of: fileName))
        } catch {
            try? FileNames.remove(temporary)
            throw error
        }
        // rename(2) does nothing where both names are of one file already.
        try? FileNames.remove(temporary)
    }
}

/// Tells whether a path still leads to the same file with the same bytes, without reading them.
public struct FileIdentity: Sendable, Equatable {
    private let status: FileStatus

    /// The file that `path` leads to, at the end of symbolic links; `nil` if there is none.
    public init?(_ path: FilePath) {
        guard let status = try? FileStatus(following: path) else { return nil }
        self.status = status
    }
}
