import SystemPackage
import ZooCore

/// The files beside finished ones, told by their names.
enum PartialKind: Equatable {
    /// zoo's own, which can be resumed.
    case resumable
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
        if name.hasSuffix(PartialFile.suffix) {
            self = .resumable
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
        case .resumable: return try verifyResumable(path, entry, isCancelled: isCancelled)
        case .record(let name):
            // Judged and removed together with the partial file, where there is one.
            guard (try? FileStatus(ofEntry: PartialFile.path(of: name, in: directory))) == nil else { return nil }
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
        _ path: FilePath, _ entry: FileStatus, isCancelled: () -> Bool
    ) throws(FileError) -> VerifyFinding? {
        guard let claim = try FileClaim.open(path, toWrite: false) else {
            guard (try? FileStatus(ofEntry: path)) != nil else { return nil }  // It was published or removed.
            return VerifyFinding(path, .partial, "another process is writing it; left alone")
        }
        defer { try? claim.close() }  // Held while removing, so that nobody resumes what goes away.
        let recordPath = FilePath(path.string + PartialFile.recordSuffix)
        guard let record = PartialFile.readRecord(at: recordPath) else {
            return abandoned(path, recordPath, entry, "a download without a usable record; it cannot be resumed")
        }
        var hash = SHA256()
        guard let count = try hash.update(from: claim, limit: record.byteCount, path: path, isCancelled: isCancelled)
        else { return nil }
        guard count == record.byteCount, hash.finish() == record.sha256 else {
            return abandoned(path, recordPath, entry, "a download whose bytes are not those that were recorded")
        }
        let touched = max(entry.modified, (try? FileStatus(ofEntry: recordPath).modified) ?? 0)
        let age = FileStatus.now - touched
        let extent = record.source.totalByteCount.map { "\(count) of \($0) bytes" } ?? "\(count) bytes"
        guard age > resumableGrace else {
            return VerifyFinding(path, .partial, "\(extent) of \(record.source.url); 'zoo fetch' continues there")
        }
        return abandoned(path, recordPath, entry, "\(extent), not touched for \(Self.duration(age))")
    }

    private func abandoned(
        _ path: FilePath, _ recordPath: FilePath, _ entry: FileStatus, _ detail: String
    ) -> VerifyFinding {
        var finding = purging(.broken(path, FileDefect(.abandonedPartial, detail)), entry)
        guard finding.purged else { return finding }
        do throws(FileError) {
            try FileClaim.remove(recordPath)
            try FileClaim.remove(FilePath(recordPath.string + PartialFile.temporarySuffix))
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
