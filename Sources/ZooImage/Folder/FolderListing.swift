internal import Glibc
internal import SystemPackage
internal import ZooCore

/// The names in one folder, sorted by their bytes, as Python sorts text.
struct FolderListing {
    /// Sub-folders, or links to folders.
    private(set) var folders: [String] = []
    /// Everything else.
    private(set) var files: [String] = []
    /// What tells this folder from every other one of the machine, however it was reached.
    let identity: FolderIdentity

    /// Lists `path`.
    ///
    /// - Throws: ``ImageError`` `.unreadable`.
    /// - Complexity: O(*n* log *n*) in the number of names.
    init(_ path: FilePath) throws(ImageError) {
        guard let folder = unsafe path.withPlatformString({ unsafe opendir($0) }) else {
            throw ImageError(.list, path, .current)
        }
        defer { unsafe _ = closedir(folder) }
        var status = stat()
        guard unsafe fstat(dirfd(folder), &status) == 0 else { throw ImageError(.inspect, path, .current) }
        identity = FolderIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        while true {
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                if errno != 0 { throw ImageError(.list, path, .current) }
                break
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(platformString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name == "." || name == ".." { continue }
            let kind = unsafe entry.pointee.d_type
            if Self.isFolder(path.appending(name), kind: kind) { folders.append(name) } else { files.append(name) }
        }
        folders.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether there is something at `path`, with links followed.
    static func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return unsafe path.withPlatformString { unsafe stat($0, &status) } == 0
    }

    /// Whether `path`, with links followed, is a folder.
    static func isFolder(_ path: FilePath, kind: UInt8 = UInt8(DT_UNKNOWN)) -> Bool {
        switch Int(kind) {
        case Int(DT_DIR): return true
        case Int(DT_LNK), Int(DT_UNKNOWN):
            var status = stat()
            let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
            return result == 0 && status.st_mode & S_IFMT == S_IFDIR
        default: return false
        }
    }
}

/// What tells a folder from every other one of the machine.
struct FolderIdentity: Hashable {
    let device: UInt64
    let number: UInt64
}
