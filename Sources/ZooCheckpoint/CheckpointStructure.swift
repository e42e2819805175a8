import ZooArchive
public import ZooCore

/// Judges whether the bytes of a file can be a whole checkpoint, without building tensors.
public enum CheckpointStructure {
    /// What is wrong with the file, or `nil` if nothing is found.
    ///
    /// Every record of a zip archive is compared with its CRC-32, and its pickle with its records; the storages of a
    /// legacy stream are followed to the end of the file, those of a tar archive, a safetensors file, a numpy array and
    /// TorchSharp's files by their headers. What zoo recognises but cannot check, such as an optimizer's plain pickle, is not called broken.
    ///
    /// - Complexity: O(length of the file); memory grows with the description only.
    public static func defect(in file: MappedFile) -> FileDefect? {
        switch FileSignature(of: file.bytes) {
        case .empty: return unrecognised(.empty, file)
        case .html: return unrecognised(.html, file)
        case .xml: return unrecognised(.xml, file)
        case .lfsPointer: return unrecognised(.lfsPointer, file)
        case .other, .text, .unknown: return unrecognised(.notACheckpoint, file)
        case .zip: return zipDefect(in: file)
        // The files that an index names are judged by themselves.
        case .safetensorsIndex:
            return defect { () throws(CheckpointError) in _ = try SafetensorsIndexReader.places(in: file) }
        case .torchLegacy, .tar, .safetensors, .npy, .torchSharp:
            return defect { () throws(CheckpointError) in try Checkpoint.open(file).storages.verify() }
        case .pickle: return nil
        }
    }

    /// With the words that opening the file has for it, and PyTorch's.
    private static func unrecognised(_ cause: FileDefect.Cause, _ file: MappedFile) -> FileDefect {
        FileDefect(cause, FileSignature(of: file.bytes).refusal(of: file.bytes).description)
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
