import SystemPackage
public import ZooCore

/// What is in a cache, without a look at the bytes.
public struct CacheInventory: Sendable, Equatable {
    /// The files, by name.
    public var items: [CacheItem]

    /// An inventory of these files.
    public init(items: [CacheItem]) {
        self.items = items
    }

    /// Lists a cache: its finished files and its downloads, neither subfolders nor hidden files.
    ///
    /// - Parameters:
    ///   - directory: The cache; one that does not exist is empty.
    ///   - model: The registered model of the file of that name.
    ///   - expected: What is known about the bytes of the file of that name, as ``CacheVerifier`` is told.
    /// - Throws: ``FileError`` if the cache is there but cannot be listed. A file that cannot be looked at is left out.
    /// - Complexity: O(number of files), and one look at the open files of the machine.
    public init(
        of directory: CacheDirectory, model: (String) -> String? = { _ in nil },
        expected: (String) -> ExpectedContent? = { _ in nil }
    ) throws(FileError) {
        let names = try directory.names().filter { !$0.hasPrefix(".") && $0 != "CACHEDIR.TAG" }
        let open = OpenFiles(named: Set(names))
        let busy = Self.filesBeingFetched(names, in: directory)
        items = []
        for name in names {
            let path = directory.path(of: name)
            guard let entry = try? FileStatus(ofEntry: path), let target = try? FileStatus(following: path),
                target.type == .file
            else { continue }
            var item = CacheItem(name: name, path: path, entry, target: target)
            item.isInUse = open.contains(target)
            switch PartialKind(name) {
            case .record: continue  // Belongs to its download.
            case .resumable(let claim):
                item.kind = .resumable
                item.isInUse = item.isInUse || busy.contains(claim.fileName)
            case .foreign: item.kind = .foreign
            case nil: break
            }
            if item.kind == .file {
                item.model = model(name)
                item.judge(target, directory, expected)
                item.isInUse = item.isInUse || busy.contains(name)
            } else {
                item.status = .partial
                item.lastUsed = item.modified  // Being looked at is no use of a download.
            }
            items.append(item)
        }
    }

    /// The lengths of all files together, in bytes; links count nothing.
    public var byteCount: Int { items.reduce(0) { $0 + $1.freedByteCount } }

    private static func filesBeingFetched(_ names: [String], in directory: CacheDirectory) -> Set<String> {
        let live = names.compactMap { text -> String? in
            let path = directory.path(of: text)
            guard let name = ClaimName(text), name.owner != nil, let status = try? FileStatus(ofEntry: path),
                ClaimedBytes(name: name, path: path, status: status).isLive
            else { return nil }
            return name.fileName
        }
        return Set(live)
    }
}

extension CacheItem {
    fileprivate mutating func judge(
        _ target: FileStatus, _ directory: CacheDirectory, _ expected: (String) -> ExpectedContent?
    ) {
        guard let record = directory.verificationRecords.record(of: name), record.describes(target) else { return }
        self.record = record
        let known = (expected(name) ?? ExpectedContent()).completed(fromFileName: name)
        // What was known then may not be what is known now.
        guard known.mismatch(byteCount: record.byteCount, sha256: record.sha256) == nil else { return }
        status = known.hasHash ? .ok : .unverified
    }
}
