import Glibc
public import SystemPackage
public import ZooCore

extension CacheDirectory {
    /// Makes the folder and those above it where they are missing, with mode 0777 less the umask.
    ///
    /// - Throws: ``FileError`` naming the folder that cannot be made.
    ///
    /// A folder that is made gets a `CACHEDIR.TAG` (https://bford.info/cachedir/), so that backups leave it out.
    public func create() throws(FileError) {
        // Without the tag the cache is none the worse.
        if try Self.create(checkpoints) { try? tag() }
    }

    private func tag() throws {
        let text = """
            Signature: 8a477f597d28d172789f06886806bc55
            # Weights that can be fetched again; made by zoo. Backups may leave this folder out.

            """
        let file = try FileDescriptor.open(
            checkpoints.appending("CACHEDIR.TAG"), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: FilePermissions(rawValue: 0o666))
        defer { try? file.close() }
        try file.writeAll(text.utf8)
    }

    /// - Returns: Whether the folder was made here.
    @discardableResult static func create(_ folder: FilePath) throws(FileError) -> Bool {
        if case .folder? = try? FileStatus(following: folder).type { return false }
        let parent = folder.removingLastComponent()
        if !parent.isEmpty, parent != folder { try create(parent) }
        guard unsafe folder.withPlatformString({ unsafe mkdir($0, 0o777) }) != 0 else { return true }
        let reason = Errno.current
        // Another process may have been faster; anything else of that name is an error.
        if reason == .fileExists, case .folder? = try? FileStatus(following: folder).type { return false }
        throw FileError(.create, folder, reason == .fileExists ? .notDirectory : reason)
    }

    /// The names of everything in the folder, sorted; none if there is no such folder.
    ///
    /// - Throws: ``FileError`` if the folder is there but cannot be listed.
    /// - Complexity: O(*n* log *n*) in the number of names.
    public func names() throws(FileError) -> [String] {
        guard let stream = unsafe checkpoints.withPlatformString({ unsafe opendir($0) }) else {
            let reason = Errno.current
            if reason == .noSuchFileOrDirectory { return [] }
            throw FileError(.list, checkpoints, reason)
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether `path` lies directly in the folder, however that folder is spelt; it need not exist.
    public func contains(_ path: FilePath) -> Bool {
        let parent = path.removingLastComponent()
        if parent == checkpoints { return true }
        guard let folder = try? FileStatus(following: parent.isEmpty ? "." : parent),
            let cache = try? FileStatus(following: checkpoints)
        else { return false }
        return folder.isSameFile(as: cache)
    }

    /// How many bytes this user may still write on the file system of the folder, or `nil` where it does not say.
    public func availableByteCount() -> Int? {
        var status = statvfs()
        guard unsafe checkpoints.withPlatformString({ unsafe statvfs($0, &status) }) == 0 else { return nil }
        return Checked.multiply(Int(clamping: status.f_bavail), Int(clamping: status.f_frsize))
    }

    /// Flushes the folder itself, so that a rename in it survives a power failure.
    func synchronize() throws(FileError) {
        do {
            let folder = try FileDescriptor.open(checkpoints, .readOnly, options: [.directory, .closeOnExec])
            defer { try? folder.close() }
            // EINVAL: the file system (some network ones) has no such operation for folders.
            guard fsync(folder.rawValue) == 0 || Errno.current == .invalidArgument else { throw Errno.current }
        } catch {
            throw FileError(.synchronize, checkpoints, error as? Errno ?? .ioError)
        }
    }
}
