import ZooArchive
public import ZooCore

/// Judges whether the bytes of a file can be a whole checkpoint, without building tensors.
public enum CheckpointStructure {
    /// What is wrong with the file, or `nil` if nothing is found.
    ///
    /// Every record of a zip archive is compared with its CRC-32, and its pickle with its records; the storages of a
    /// legacy stream are followed to the end of the file, those of a tar archive, a safetensors file and a numpy array by
    /// their headers. What zoo recognises but cannot check, such as an optimizer's plain pickle, is not called broken.
    ///
    /// - Complexity: O(length of the file); memory grows with the description only.
    public static func defect(in file: MappedFile) -> FileDefect? {
        switch FileSignature(of: file.bytes) {
        case .empty: return FileDefect(.empty, "the file is empty")
        case .html: return FileDefect(.html, FileSignature.html.refusal.message)
        case .xml: return FileDefect(.xml, FileSignature.xml.refusal.message)
        case .lfsPointer: return FileDefect(.lfsPointer, FileSignature.lfsPointer.refusal.message)
        case .other(let name): return FileDefect(.notACheckpoint, "\(name), not a checkpoint")
        case .unknown: return FileDefect(.notACheckpoint, "none of the formats that checkpoints have")
        case .zip: return zipDefect(in: file)
        case .torchLegacy, .tar, .safetensors, .npy:
            return defect { () throws(CheckpointError) in try Checkpoint.open(file).storages.verify() }
        case .pickle: return nil
        }
    }

    private static func zipDefect(in file: MappedFile) -> FileDefect? {
        defect { () throws(CheckpointError) in
            let directory = try PyTorchZipReader.directory(of: file)
            for entry in directory.entries {
                do throws(ArchiveError) { try entry.verify(in: file.bytes) } catch {
                    // An entry that zoo cannot decompress is not thereby broken.
                    if error.code == .unsupported { continue }
                    throw CheckpointError(.malformed, error.description, cause: error)
                }
            }
            _ = try ZipCheckpointReader.open(file)
        }
    }

    /// The finding that an error amounts to; what zoo merely does not read is no defect.
    private static func defect(_ body: () throws(CheckpointError) -> Void) -> FileDefect? {
        do {
            try body()
            return nil
        } catch {
            let detail = CheckpointError(
                error.code, error.message, place: error.place, torchMessage: error.torchMessage
            ).description
            switch error.code {
            case .truncated: return FileDefect(.truncated, detail)
            case .notACheckpoint: return FileDefect(.notACheckpoint, detail)
            case .unsupported, .file, .tooLarge, .notFound, .badRequest: return nil
            case .malformed: return FileDefect(.corruptRecord, detail)
            }
        }
    }
}
