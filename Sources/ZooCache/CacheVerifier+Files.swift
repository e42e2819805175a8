import SystemPackage
import ZooCore

extension CacheVerifier {
    /// Extensions of files that hold weights.
    private static let checkpointExtensions: Set<String> = [
        "pth", "pt", "th", "pyth", "ckpt", "bin", "pkl", "pickle", "tar", "safetensors", "npz", "npy",
    ]

    /// Judges one name of the cache, or one file that the caller named, and removes it if that is called for.
    ///
    /// - Returns: `nil` for what is no file, went away meanwhile, belongs to another entry, or when cancelled.
    func verifyEntry(_ path: FilePath, isNamed: Bool, isCancelled: () -> Bool) -> VerifyFinding? {
        guard let name = path.lastComponent?.string, !isCancelled() else { return nil }
        do throws(FileError) {
            let entry = try FileStatus(ofEntry: path)
            if let kind = PartialKind(name) {
                return try verifyPartial(path, kind, entry, isCancelled: isCancelled)
            }
            if entry.type == .link, (try? FileStatus(following: path)) == nil {
                let defect = FileDefect(.notACheckpoint, "it is a symbolic link to a file that is not there")
                return purging(.broken(path, defect), entry)
            }
            let type = try FileStatus(following: path).type
            guard type == .file else {
                return isNamed
                    ? .unreadable(path, FileError(.read, path, type == .folder ? .isDirectory : .invalidArgument)) : nil
            }
            let known = expected(name) ?? ExpectedContent()
            var finding = try judge(path, known.completed(fromFileName: name), isCancelled: isCancelled)
            finding?.byteCount = try FileStatus(following: path).byteCount
            guard let finding, finding.status == .broken else { return finding }
            guard isNamed || !known.isEmpty || Self.hasCheckpointName(name) else {
                return VerifyFinding(
                    path, .unverified, "left alone: nothing is known about it, and its name is not that of a checkpoint"
                )
            }
            return purging(finding, entry)
        } catch {
            if !isNamed, error.errno == .noSuchFileOrDirectory { return nil }
            return .unreadable(path, error)
        }
    }

    private static func hasCheckpointName(_ name: String) -> Bool {
        FilePath(name).extension.map { checkpointExtensions.contains($0.lowercased()) } == true
            || ExpectedContent(fileName: name).hasHash
    }

    /// Compares the file with what is known, and asks the judge for the cause where they differ.
    private func judge(
        _ path: FilePath, _ known: ExpectedContent, isCancelled: () -> Bool
    ) throws(FileError) -> VerifyFinding? {
        let status = try FileStatus(following: path)
        let length = status.byteCount
        guard length > 0 else { return .broken(path, FileDefect(.empty, "it has no bytes")) }
        if let expected = known.byteCount, expected != length {
            // Its length alone condemns it: no need to hash.
            let mismatch = FileDefect(.sizeMismatch, "it has \(length) bytes, \(expected) are expected")
            return .broken(path, try structuralDefect(of: path) ?? mismatch)
        }
        let record = record(of: path, status)
        if isQuick, let finding = quickFinding(path, known, record) { return finding }
        guard let found = try SHA256Digest.ofFile(path, isCancelled: isCancelled) else { return nil }
        if let mismatch = known.mismatch(byteCount: found.byteCount, sha256: found.sha256) {
            return .broken(path, try structuralDefect(of: path) ?? mismatch, sha256: found.sha256)
        }
        if !known.hasHash {
            if let method = vouchedMethod(path, found.sha256) {
                keepRecord(of: path, status, found.sha256, method)
                return VerifyFinding(path, .unverified, Self.vouchedDetail, sha256: found.sha256)
            }
            let defect = try structuralDefect(of: path) ?? Self.silentChange(found.sha256, since: record)
            if let defect { return .broken(path, defect, sha256: found.sha256) }
        }
        let method = method(known)
        keepRecord(of: path, status, found.sha256, method)
        return VerifyFinding(
            path, known.hasHash ? .ok : .unverified, Self.detail(method, since: nil), sha256: found.sha256)
    }

    private func structuralDefect(of path: FilePath) throws(FileError) -> FileDefect? {
        guard let judge else { return nil }
        let file = try MappedFile(path, unnoticed: true)
        return judge.defect(in: file)
    }

    /// The finding after the file was removed; the same, if nothing is to be removed or it is another file by now.
    func purging(_ finding: VerifyFinding, _ judged: FileStatus) -> VerifyFinding {
        guard !isDryRun, directory.contains(finding.path) else { return finding }
        if let name = finding.path.lastComponent?.string, isReplaced(name) { return finding }
        var finding = finding
        do throws(FileError) {
            guard try FileStatus(ofEntry: finding.path) == judged else { return finding }
            try FileNames.remove(finding.path)
            finding.purged = true
            if let name = finding.path.lastComponent?.string { try? directory.verificationRecords.remove(name) }
        } catch {
            finding.error = error
        }
        return finding
    }
}
