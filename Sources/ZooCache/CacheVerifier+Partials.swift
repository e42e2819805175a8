import SystemPackage
import ZooCore

/// The files beside finished ones, told by their names.
enum PartialKind: Equatable {
    /// zoo's own, which can be resumed.
    case resumable(ClaimName)
    /// The record of one, or the next version of that record.
    case record(of: String)
    /// PyTorch's, which cannot be resumed.
    case foreign

    init?(_ name: String) {
        let record = PartialFile.suffix + PartialFile.recordSuffix
        for suffix in [record, record + PartialFile.temporarySuffix] where name.hasSuffix(suffix) {
            self = .record(of: String(name.dropLast(suffix.count)))
            return
        }
        if let claim = ClaimName(name) {
            self = .resumable(claim)
        } else if Self.isForeign(name) {
            self = .foreign
        } else {
            return nil
        }
    }

    /// Whether `name` is `NAME.<32 hexadecimal digits>.partial` (torch/hub.py, `download_url_to_file`).
    private static func isForeign(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.last == "partial" else { return false }
        let identifier = parts[parts.count - 2]
        return identifier.utf8.count == 32 && identifier.allSatisfy { $0.isHexDigit && $0.isASCII }
    }
}

extension CacheVerifier {
    func verifyPartial(
        _ path: FilePath, _ kind: PartialKind, _ entry: FileStatus, isCancelled: () -> Bool
    ) throws(FileError) -> VerifyFinding? {
        guard entry.type == .file else { return nil }
        switch kind {
        case .foreign: return verifyForeign(path, entry)
        case .resumable(let name): return try verifyResumable(path, name.fileName, entry, isCancelled: isCancelled)
        case .record(let name):
            // Judged and removed together with the partial file, where there is one.
            guard try ClaimedBytes.all(of: name, in: directory).isEmpty else { return nil }
            return purging(.broken(path, FileDefect(.abandonedPartial, "the record of a download that is gone")), entry)
        }
    }

    private func verifyForeign(_ path: FilePath, _ entry: FileStatus) -> VerifyFinding {
        let age = FileStatus.now - entry.modified
        guard age > foreignGrace else {
            return VerifyFinding(
                path, .partial, "a download of PyTorch's, written to \(Self.duration(age)) ago; left alone")
        }
        let detail = "a download of PyTorch's that was not touched for \(Self.duration(age)); it cannot be resumed"
        return purging(.broken(path, FileDefect(.abandonedPartial, detail)), entry)
    }

    private func verifyResumable(
        _ path: FilePath, _ fileName: String, _ entry: FileStatus, isCancelled: () -> Bool
    ) throws(FileError) -> VerifyFinding? {
        let folder = CacheDirectory(checkpoints: path.removingLastComponent())
        guard try !ClaimedBytes.all(of: fileName, in: folder).contains(where: \.isLive) else {
            return VerifyFinding(path, .partial, "another process is writing it; left alone")
        }
        let recordPath = PartialFile.recordPath(of: fileName, in: folder)
        guard let record = PartialFile.readRecord(at: recordPath) else {
            return abandoned(path, fileName, entry, "a download without a usable record; it cannot be resumed")
        }
        guard let isSound = try Self.agrees(record, with: path, isCancelled: isCancelled) else { return nil }
        guard isSound else {
            return abandoned(path, fileName, entry, "a download whose bytes are not those that were recorded")
        }
        let touched = max(entry.modified, (try? FileStatus(ofEntry: recordPath).modified) ?? 0)
        let age = FileStatus.now - touched
        let count = record.byteCount + record.others.reduce(0) { $0 + $1.byteCount }
        let extent = record.source.totalByteCount.map { "\(count) of \($0) bytes" } ?? "\(count) bytes"
        guard age > resumableGrace else {
            return VerifyFinding(path, .partial, "\(extent) of \(record.source.url); 'zoo fetch' continues there")
        }
        return abandoned(path, fileName, entry, "\(extent), not touched for \(Self.duration(age))")
    }

    /// Whether the first run of bytes is the one that was recorded; `nil` if cancelled, or if the file went away.
    private static func agrees(
        _ record: PartialRecord, with path: FilePath, isCancelled: () -> Bool
    ) throws(FileError) -> Bool? {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow])
        } catch {
            if error as? Errno == .noSuchFileOrDirectory { return nil }  // It was published, removed or claimed.
            throw FileError(.open, path, error as? Errno ?? .ioError)
        }
        defer { try? file.close() }
        var hash = SHA256()
        guard let count = try hash.update(from: file, limit: record.byteCount, path: path, isCancelled: isCancelled)
        else { return nil }
        return count == record.byteCount && hash.current() == record.sha256
    }

    /// Removes the download, as its writer, so that nobody resumes what goes away.
    private func abandoned(
        _ path: FilePath, _ fileName: String, _ entry: FileStatus, _ detail: String
    ) -> VerifyFinding {
        var finding = VerifyFinding.broken(path, FileDefect(.abandonedPartial, detail))
        guard !isDryRun, directory.contains(path) else { return finding }
        do throws(FileError) {
            let taken = try DownloadClaim.take(fileName, in: directory)
            guard let claim = consume taken, let now = try? FileStatus(ofEntry: claim.path),
                now.isSameFile(as: entry), now.byteCount == entry.byteCount
            else { return finding }
            try FileNames.remove(claim.path)
            let recordPath = PartialFile.recordPath(of: fileName, in: directory)
            try FileNames.remove(recordPath)
            try FileNames.remove(FilePath(recordPath.string + PartialFile.temporarySuffix))
            finding.purged = true
        } catch {
            finding.error = error
        }
        return finding
    }

    static func duration(_ seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<120: "\(Int(max(0, seconds))) seconds"
        case ..<7200: "\(Int(seconds / 60)) minutes"
        case ..<172_800: "\(Int(seconds / 3600)) hours"
        default: "\(Int(min(seconds / 86_400, 1e6))) days"
        }
    }
}
