import Glibc
import SystemPackage
import ZooCore

/// Being the only writer of a download, among all processes and hosts that share the cache.
///
/// No lock is involved: some network file systems pretend to lock. A claim is a *name* of the bytes that only this process
/// uses (``ClaimName``); it is made by `rename` or by exclusive creation, of which the keeper of the file system lets one
/// succeed. docs/decisions/0005-a-download-is-claimed-by-its-name.md has the protocol and why it holds.
struct DownloadClaim: ~Copyable {
    /// Where the bytes are while this process has them.
    let path: FilePath
    let descriptor: FileDescriptor
    private let directory: CacheDirectory
    private let name: ClaimName
    private var lastSign = ContinuousClock.now

    /// Between two signs of life.
    private static let signInterval = Duration.seconds(10)
    /// How often the first of several that claim at once looks whether the others have stepped back; 5 ms each.
    private static let patience = 60

    /// Becomes the only writer of the download of `fileName`, with the bytes that earlier ones left.
    ///
    /// - Returns: `nil` while another process, or another part of this one, is the writer.
    /// - Throws: ``FileError`` if the file cannot be made, renamed or opened.
    static func take(_ fileName: String, in directory: CacheDirectory) throws(FileError) -> DownloadClaim? {
        // Whoever finds that a name went away between two steps looks again; that others move is progress too.
        for _ in 0..<100 {
            let present = try ClaimedBytes.all(of: fileName, in: directory)
            guard !present.contains(where: \.isLive) else { return nil }
            let name = ClaimName(newFor: fileName)
            guard let descriptor = try open(directory.path(of: name.text), adopting: present) else { continue }
            let claim = DownloadClaim(name, descriptor, directory)
            guard try claim.isAlone() else { return nil }
            try claim.gather()
            return claim
        }
        return nil
    }

    private init(_ name: ClaimName, _ descriptor: FileDescriptor, _ directory: CacheDirectory) {
        self.name = name
        self.descriptor = descriptor
        self.directory = directory
        path = directory.path(of: name.text)
    }

    deinit {
        if isHeld {
            if let length = try? FileStatus(of: descriptor, path: path).byteCount, length > 0 {
                try? FileNames.rename(path, to: directory.path(of: ClaimName(free: name.fileName).text))
            } else {
                try? FileNames.remove(path)
            }
        }
        try? descriptor.close()
    }

    /// Whether the bytes still have the name that this process gave them. Not so after publishing or discarding, and if
    /// another host took this one for dead.
    var isHeld: Bool {
        guard let named = try? FileStatus(ofEntry: path), let opened = try? FileStatus(of: descriptor, path: path)
        else { return false }
        return named.isSameFile(as: opened)
    }

    /// Tells other hosts, now and then, that this process lives; bytes that are written tell it too.
    mutating func keepAlive() {
        let now = ContinuousClock.now
        guard now - lastSign >= Self.signInterval else { return }
        lastSign = now
        _ = futimens(descriptor.rawValue, nil)
    }

    // MARK: Claiming

    /// Gives the largest orphan the name `path`, or makes a new file of that name.
    ///
    /// - Returns: `nil` if the orphan went away meanwhile.
    private static func open(
        _ path: FilePath, adopting present: [ClaimedBytes]
    ) throws(FileError) -> FileDescriptor? {
        let orphan = present.filter(\.isOrphaned).max { $0.status.byteCount < $1.status.byteCount }
        if let orphan {
            guard orphan.status.type == .file else {
                throw FileError(.open, orphan.path, .tooManySymbolicLinkLevels)
            }
            // Another host must not see an old time under the new name.
            FileNames.touch(orphan.path)
            do throws(FileError) {
                try FileNames.rename(orphan.path, to: path)
            } catch {
                if error.errno == .noSuchFileOrDirectory { return nil }
                throw error
            }
        }
        do {
            return try FileDescriptor.open(
                path, .readWrite,
                options: orphan == nil ? [.create, .exclusiveCreate, .closeOnExec] : [.closeOnExec, .noFollow],
                permissions: orphan == nil ? FilePermissions(rawValue: 0o666) : nil)
        } catch {
            let reason = FileError(orphan == nil ? .create : .open, path, error as? Errno ?? .ioError)
            if let orphan { try? FileNames.rename(path, to: orphan.path) }
            throw reason
        }
    }

    /// Whether nobody else claims the same download. Of several that do so at once the first by name waits for the others
    /// to step back; if one does not, it was there before.
    private func isAlone() throws(FileError) -> Bool {
        for _ in 0..<Self.patience {
            let others = try others().filter(\.isLive)
            if others.isEmpty { return true }
            if others.contains(where: { $0.name.text < name.text }) { return false }
            _ = usleep(5000)
        }
        return false
    }

    private func others() throws(FileError) -> [ClaimedBytes] {
        try ClaimedBytes.all(of: name.fileName, in: directory).filter { $0.name != name }
    }

    /// Takes over what is left besides: bytes of a process that cannot be seen and counts as dead. They are copied, since
    /// that process, if it lives after all, has the file open.
    private func gather() throws(FileError) {
        let left = try others()
        let own = try FileStatus(of: descriptor, path: path).byteCount
        if let largest = left.max(by: { $0.status.byteCount < $1.status.byteCount }),
            largest.status.type == .file, largest.status.byteCount > own
        {
            try copy(largest.path)
        }
        for bytes in left { try FileNames.remove(bytes.path) }
    }

    private func copy(_ source: FilePath) throws(FileError) {
        // What cannot be read is fetched again.
        guard let file = try? FileDescriptor.open(source, .readOnly, options: [.closeOnExec, .noFollow]) else { return }
        defer { try? file.close() }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var offset: Int64 = 0
        while let count = try? unsafe piece.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }), count > 0 {
            do {
                try descriptor.writeAll(toAbsoluteOffset: offset, piece[..<count])
            } catch {
                throw FileError(.write, path, error as? Errno ?? .ioError)
            }
            offset += Int64(count)
        }
    }
}
