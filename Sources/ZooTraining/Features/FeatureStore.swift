internal import FoundationEssentials
public import SystemPackage
internal import ZooCheckpoint
internal import ZooCore
internal import ZooTensor

/// Features of images on disk, so that a second training on the same images begins at once.
///
/// A file for each way of computing features (``FeatureKey``), in the safetensors format: `features`, `N×F` float32, and
/// in the metadata the name of each row: the SHA-256 of the image file, and of an augmented image its place too. A file
/// appears as a whole; of two writers the last one wins, and what is missing then is computed again.
public struct FeatureStore: Sendable, Hashable {
    /// The folder of the files.
    public let folder: FilePath
    /// How many bytes all files together may take; the oldest go first.
    public let byteLimit: Int

    /// A store in a folder, which need not exist.
    public init(folder: FilePath, byteLimit: Int = 8 << 30) {
        self.folder = folder
        self.byteLimit = byteLimit
    }

    /// Rows of features by the names of their images.
    struct Rows {
        let columnCount: Int
        private(set) var names: [String] = []
        private(set) var values: [Float] = []
        private var positions: [String: Int] = [:]

        init(columnCount: Int) {
            self.columnCount = columnCount
        }

        /// The row of an image, if it is there.
        func row(of name: String) -> ArraySlice<Float>? {
            positions[name].map { values[$0 * columnCount..<($0 + 1) * columnCount] }
        }

        /// Adds a row, unless the image has one.
        mutating func add(_ name: String, _ row: ArraySlice<Float>) {
            guard positions[name] == nil, row.count == columnCount else { return }
            positions[name] = names.count
            names.append(name)
            values += row
        }
    }

    /// What is known for a key; nothing if the file is not there or is broken, since everything can be computed again.
    func rows(for key: FeatureKey) -> Rows? {
        guard let checkpoint = try? Checkpoint.open(path(of: key)),
            let names = checkpoint.root["__metadata__"]?["images"]?.stringValue?.split(separator: " "),
            let features = try? checkpoint.tensor(named: "features"), features.dtype == .float32,
            features.shape.rank == 2, features.shape[0] == names.count, let values = try? features.float32Values()
        else { return nil }
        let width = features.shape[1]
        var rows = Rows(columnCount: width)
        for (index, name) in names.enumerated() {
            rows.add(String(name), values[index * width..<(index + 1) * width])
        }
        return rows
    }

    /// Keeps rows for a key, in place of those that were there.
    ///
    /// - Throws: ``FileError`` and ``CheckpointError``, for example when the disk is full.
    func keep(_ rows: Rows, for key: FeatureKey) throws {
        guard rows.values.count * MemoryLayout<Float>.size <= byteLimit else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        } catch {
            throw FileError(.create, folder, .permissionDenied)
        }
        let features = Tensor(rows.values, shape: [rows.names.count, rows.columnCount])
        try SafetensorsWriter.write(
            [(name: "features", tensor: features)],
            metadata: ["key": key.text, "images": rows.names.joined(separator: " ")], to: path(of: key))
        removeOldest()
    }

    private func path(of key: FeatureKey) -> FilePath {
        folder.appending("\(key.digest.hex.prefix(32)).safetensors")
    }

    private func removeOldest() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        var files = names.filter { $0.hasSuffix(".safetensors") }.compactMap { name -> (FilePath, Int, Date)? in
            let path = folder.appending(name)
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path.string),
                let size = attributes[.size] as? Int, let date = attributes[.modificationDate] as? Date
            else { return nil }
            return (path, size, date)
        }
        files.sort { $0.2 > $1.2 }
        var total = 0
        for (path, size, _) in files {
            total += size
            if total > byteLimit { try? FileManager.default.removeItem(atPath: path.string) }
        }
    }
}
