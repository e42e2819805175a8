import Glibc
import SystemPackage
import ZooCore

/// The files that other processes of this machine have open or mapped, as far as this user may know.
///
/// Read from `/proc` (proc(5)): what another user's process has open is seen by root only. Removing an open file does
/// its readers no harm on Linux; it is left alone because somebody needs it now, and will soon again.
struct OpenFiles {
    private struct Identity: Hashable {
        let device, inode: UInt64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
        }
    }

    private var identities: Set<Identity> = []

    /// Looks at every process but this one, for files that have one of these names.
    init(named names: Set<String>) {
        guard !names.isEmpty else { return }
        let own = String(getpid())
        var paths: Set<String> = []
        for process in Self.list("/proc") where process != own && process.allSatisfy(\.isNumber) {
            let folder = FilePath("/proc").appending(process)
            for descriptor in Self.list(folder.appending("fd")) {
                // Following the link leads to the open file itself, even where its path means something else here.
                guard let status = try? FileStatus(following: folder.appending("fd").appending(descriptor)),
                    status.type == .file
                else { continue }
                identities.insert(Identity(status))
            }
            paths.formUnion(Self.mappedPaths(of: folder, named: names))
        }
        for path in paths {
            if let status = try? FileStatus(following: FilePath(path)) { identities.insert(Identity(status)) }
        }
    }

    func contains(_ status: FileStatus) -> Bool { identities.contains(Identity(status)) }

    private static func list(_ folder: FilePath) -> [String] {
        (try? CacheDirectory(checkpoints: folder).names()) ?? []
    }

    /// The files that a process has mapped, which it may have closed since.
    private static func mappedPaths(of process: FilePath, named names: Set<String>) -> Set<String> {
        guard let bytes = ProcFile.bytes(process.appending("maps")) else { return [] }
        var paths: Set<String> = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let start = line.firstIndex(of: UInt8(ascii: "/")) else { continue }
            let path = String(decoding: line[start...], as: UTF8.self)
            if let slash = path.lastIndex(of: "/"), names.contains(String(path[path.index(after: slash)...])) {
                paths.insert(path)
            }
        }
        return paths
    }
}
