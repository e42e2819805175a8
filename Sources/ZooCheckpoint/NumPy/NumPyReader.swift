import ZooArchive
import ZooCore
import ZooTensor

/// Reads `.npy` files, and the zip archives of them that `numpy.savez` writes.
enum NumPyReader {
    /// One array, whose name is empty.
    static func openArray(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let header = try NumPyHeader(reading: file.bytes, place: nil)
        let byteCount = header.layout.byteCount
        guard let range = Checked.range(offset: header.byteCount, count: byteCount, within: file.byteCount) else {
            throw CheckpointError(
                .truncated,
                "the array needs \(byteCount) bytes, \(file.byteCount - header.byteCount) are there; fetch it again")
        }
        let entry = TensorEntry(name: "", layout: header.layout, storage: "0", location: "cpu")
        var facts = [ProducerFact(name: "npy version", value: header.version)]
        if range.upperBound < file.byteCount {
            facts.append(ProducerFact(name: "bytes behind the end", value: "\(file.byteCount - range.upperBound)"))
        }
        return Checkpoint(
            file, .npy, root: .tensor(entry), found: FoundTensors(tensors: [entry]),
            isBigEndian: header.type.isBigEndian, facts: facts,
            records: ["0": record("0", header, .range(range))])
    }

    /// An archive of arrays, named as numpy names them: without `.npy`.
    static func openArchive(_ directory: ZipDirectory, _ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        var found = FoundTensors()
        var records: [String: StorageRecord] = [:]
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        var facts: [ProducerFact] = []
        var isBigEndian = false
        for entry in directory.entries where !entry.name.hasSuffix("/") {
            guard entry.name.hasSuffix(".npy") else {
                facts.append(ProducerFact(name: "other file", value: entry.name))
                continue
            }
            let name = String(entry.name.dropLast(4))
            let header: NumPyHeader
            do throws(CheckpointError) {
                header = try self.header(of: entry, file)
            } catch {
                guard error.code == .unsupported else { throw error }
                found.unread.append(UnreadTensor(name: name, reason: error.message))
                continue
            }
            guard entry.byteCount - header.byteCount == header.layout.byteCount else {
                throw CheckpointError(
                    .malformed,
                    "the array needs \(header.layout.byteCount) bytes, \(entry.byteCount - header.byteCount) are there",
                    place: name)
            }
            let tensor = TensorEntry(name: name, layout: header.layout, storage: name, location: "cpu")
            records[name] = record(name, header, .entry(entry, skip: header.byteCount))
            found.tensors.append(tensor)
            pairs.append((.string(name), .tensor(tensor)))
            isBigEndian = isBigEndian || header.type.isBigEndian
        }
        return Checkpoint(
            file, .npz, root: .dictionary(CheckpointDictionary(pairs: pairs, attributes: [])), found: found,
            isBigEndian: isBigEndian, facts: facts, records: records)
    }

    private static func header(of entry: ZipEntry, _ file: MappedFile) throws(CheckpointError) -> NumPyHeader {
        let front: [UInt8]
        do { front = try entry.front(in: file.bytes, count: NumPyHeader.largest) } catch {
            throw CheckpointError(
                error.code == .unsupported ? .unsupported : .malformed, error.description, cause: error)
        }
        return try NumPyHeader(reading: front.rawSpan, place: entry.name)
    }

    private static func record(
        _ key: String, _ header: NumPyHeader, _ source: StorageRecord.Source
    ) -> StorageRecord {
        StorageRecord(
            key: key, source: source, elementCount: header.layout.shape.elementCount,
            byteCount: header.layout.byteCount, swappedWordSize: header.type.swappedWordSize)
    }
}
