import ZooArchive
import ZooCore

/// Opens whatever is in a zip archive: PyTorch's checkpoints, its programs, or numpy's arrays.
enum ZipCheckpointReader {
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let directory = try PyTorchZipReader.directory(of: file)
        guard let first = directory.entries.first else {
            throw CheckpointError(.notACheckpoint, "a zip archive without entries")
        }
        if let slash = first.name.firstIndex(of: "/") {
            let root = String(first.name[...slash])
            // Before PyTorch 1.3 a program had a model.json and no data.pkl.
            if directory[root + "model.json"] != nil {
                return try ModelJSONReader.open(PyTorchArchive(file, directory, root))
            }
            if directory[root + "data.pkl"] != nil {
                return try PyTorchZipReader.open(PyTorchArchive(file, directory, root))
            }
        }
        if directory.entries.contains(where: { $0.name.hasSuffix(".npy") }) {
            return try NumPyReader.openArchive(directory, file)
        }
        throw refusal(directory, first)
    }

    private static func refusal(_ directory: ZipDirectory, _ first: ZipEntry) -> CheckpointError {
        if directory.entries.count == 1 {
            // torch.hub unpacks such an archive before it loads what is in it (`_is_legacy_zip_format`).
            return CheckpointError(
                .unsupported, "a zip archive of the one file '\(first.name)'; unpack it first",
                torchMessage: first.name.contains("/")
                    ? nil : "file in archive is not in a subdirectory: \(first.name)")
        }
        guard let slash = first.name.firstIndex(of: "/") else {
            return CheckpointError(
                .notACheckpoint, "a zip archive, but not PyTorch's: its entries are in no folder",
                torchMessage: "file in archive is not in a subdirectory: \(first.name)")
        }
        return CheckpointError(
            .notACheckpoint, "a zip archive, but not PyTorch's: there is no '\(first.name[...slash])data.pkl' in it",
            torchMessage: "PytorchStreamReader failed locating file data.pkl: file not found")
    }
}
