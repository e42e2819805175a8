import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore

/// Whether PyTorch's cache can be used, and what is in it at a glance: no file is read from end to end.
struct CacheCheck {
    let environment: [String: String]
    /// What is known about the bytes of the file of that name.
    let expected: (String) -> ExpectedContent?

    private var cache: CacheDirectory { CacheDirectory(environment: environment) }

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "cache")
        addPlace(to: &found)
        guard let place = addAccess(to: &found) else { return found.list }
        addSpace(on: place, to: &found)
        if place == cache.checkpoints { addFiles(to: &found) }
        return found.list
    }

    /// Which variable says where it is.
    private func addPlace(to found: inout DoctorFindings) {
        let named = ["TORCH_HOME", "XDG_CACHE_HOME"].first { environment[$0] != nil }
        let path = cache.checkpoints
        guard path.isRelative else {
            return found.ok("folder", "\(path), \(named.map { "as \($0) says" } ?? "the default")")
        }
        let variable = named ?? "HOME"
        found.warning(
            "folder", "\(path): relative to the current folder, since \(variable) is '\(environment[variable] ?? "")'",
            fix: "unset \(variable)")
    }

    /// Whether files can be put there.
    ///
    /// - Returns: The folder, or the nearest one above it that exists; `nil` if there can be no cache.
    private func addAccess(to found: inout DoctorFindings) -> FilePath? {
        var place = cache.checkpoints
        var isFolder = false
        while !FileManager.default.fileExists(atPath: place.string, isDirectory: &isFolder) {
            let parent = place.removingLastComponent()
            guard !parent.isEmpty, parent != place else {
                isFolder = true
                place = "."
                break
            }
            place = parent
        }
        guard isFolder else {
            let fix = "mv \(place.string.shellWord) \((place.string + ".old").shellWord)"
            found.problem("access", "\(place) is a file, where the cache needs a folder", fix: fix)
            return nil
        }
        let exists = place == cache.checkpoints
        guard FileManager.default.isWritableFile(atPath: place.string) else {
            found.problem(
                "access", "nothing can be written to \(place)\(exists ? "" : ", where the cache would be made")",
                fix: "export TORCH_HOME=\"$HOME/torch\"")
            return exists ? place : nil
        }
        if exists, Self.isWritableByAll(place) {
            found.warning(
                "access", "everybody may replace files of \(place), and what Python loads from it runs",
                fix: "chmod o-w \(place.string.shellWord)")
        } else {
            found.ok("access", exists ? "it can be written to" : "not there yet; the first download makes it")
        }
        return place
    }

    private func addSpace(on place: FilePath, to found: inout DoctorFindings) {
        guard let count = CacheDirectory(checkpoints: place).availableByteCount() else {
            return found.ok("disk", "the file system does not say how much is free")
        }
        let text = "\(Formatting.bytes(count)) free"
        switch count {
        case ..<100_000_000:
            found.problem("disk", "\(text): too little for most weights", fix: "zoo cache prune --max-size 2GB")
        case ..<2_000_000_000:
            found.warning("disk", text, fix: "zoo cache prune --older-than 90d --dry-run")
        default: found.ok("disk", text)
        }
    }

    private func addFiles(to found: inout DoctorFindings) {
        let inventory: CacheInventory
        do throws(FileError) { inventory = try CacheInventory(of: cache, expected: expected) } catch {
            return found.problem("files", "\(error)", fix: "chmod u+rx \(cache.checkpoints.string.shellWord)")
        }
        let files = inventory.items.filter { $0.kind == .file }
        found.ok("files", "\(Formatting.count(files.count, "file")), \(Formatting.bytes(inventory.byteCount)) in all")
        let unreadable = files.filter { !FileManager.default.isReadableFile(atPath: $0.path.string) }
        for item in unreadable {
            found.problem(item.name, "it cannot be read", fix: "sudo chmod a+r \(item.path.string.shellWord)")
        }
        for item in files where !unreadable.contains(item) {
            if let fault = fault(item) {
                found.problem(item.name, fault, fix: "zoo verify --repair \(item.name.shellWord)")
            }
        }
        let unchecked = files.count { $0.status == .unchecked && !unreadable.contains($0) && fault($0) == nil }
        if unchecked > 0 {
            found.warning(
                "verification", "\(Formatting.count(unchecked, "file")) not verified since they were written",
                fix: "zoo verify --quick --dry-run")
        }
        let left = inventory.items.filter { $0.kind != .file && !$0.isInUse && isAbandoned($0) }
        if !left.isEmpty {
            let bytes = left.reduce(0) { $0 + $1.freedByteCount }
            found.warning(
                "downloads", "\(Formatting.count(left.count, "abandoned download")), \(Formatting.bytes(bytes))",
                fix: "zoo cache prune")
        }
    }

    /// As ``PrunePlan`` judges: PyTorch's downloads cannot be continued, zoo's can, for a day.
    private func isAbandoned(_ item: CacheItem) -> Bool {
        Date().timeIntervalSince1970 - item.modified > (item.kind == .foreign ? 600 : 86_400)
    }

    /// What shows without reading the file: another length than the known one, or a web page in its place.
    private func fault(_ item: CacheItem) -> String? {
        if item.byteCount == 0 { return "it is empty" }
        if let known = expected(item.name)?.byteCount, known != item.byteCount {
            return "it has \(Formatting.grouped(item.byteCount)) bytes instead of \(Formatting.grouped(known))"
        }
        guard let file = try? MappedFile(item.path) else { return nil }
        let start = [UInt8](copying: file.bytes.extracting(first: 64)).drop { $0 <= 0x20 }
        return start.first == UInt8(ascii: "<") ? "it is a web page, no checkpoint" : nil
    }

    /// Whether everybody may write there and, for want of the sticky bit, replace what others wrote.
    private static func isWritableByAll(_ folder: FilePath) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.string)
        guard let mode = attributes?[.posixPermissions] as? any BinaryInteger else { return false }
        return Int(mode) & 0o1002 == 0o002
    }
}
