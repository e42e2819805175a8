import ZooArchive
import ZooCore
import ZooTensor

/// Puts the tensors of a plan into its file, on every processor.
///
/// A thread takes a part of a tensor and goes through it block by block: the block is hashed, if the source has a checksum
/// for it, written, and compared with what the file then holds. A block fits the processor's cache, so the three cost one
/// look at memory. What the hashes amount to is judged at the end, while the file still has its temporary name.
struct SafetensorsCopy: Sendable {
    private let tensors: [PlannedTensor]
    private let sources: [UncheckedTensor?]
    private let parts: [Part]
    private let file: PlacedFile
    private let readBack: ReadBack?
    private let progress: ByteProgress?
    private let checksums = Monitor<[Int: CRC32]>([:])

    /// A run of a tensor's bytes.
    private struct Part {
        let tensor: Int
        /// In bytes from the tensor's first.
        let range: Range<Int>
        /// Where the tensor lies in the file.
        let offset: Int
    }

    /// Large enough to be worth a turn, small enough that the processors end together.
    private static let partByteCount = 8 << 20
    private static let blockByteCount = 256 << 10

    /// - Parameter readBack: the file, opened to be compared; `nil` if it should not be.
    init(
        _ plan: SafetensorsPlan, into file: PlacedFile, readBack: ReadBack?,
        progress: ByteProgress?
    ) throws(CheckpointError) {
        tensors = plan.tensors
        self.file = file
        self.readBack = readBack
        self.progress = progress
        var sources: [UncheckedTensor?] = []
        var parts: [Part] = []
        var offset = plan.bytes.count
        for (index, tensor) in plan.tensors.enumerated() {
            let source = try tensor.fetchUnchecked()
            sources.append(source)
            // What must be converted is converted as a whole.
            let largest = source == nil ? tensor.byteCount : Self.partByteCount
            var start = 0
            repeat {
                let end = min(start + max(largest, 1), tensor.byteCount)
                parts.append(Part(tensor: index, range: start..<end, offset: offset))
                start = end
            } while start < tensor.byteCount
            offset += tensor.byteCount
        }
        self.sources = sources
        self.parts = parts
    }

    /// Writes everything.
    ///
    /// - Throws: ``CheckpointError``: what fetching and the progress throw, `malformed` if a checksum of the source is wrong or
    ///   the file does not hold what was written, `file`.
    func run() throws(CheckpointError) {
        try ParallelTensors.forEach(parts.count) { [self] index throws(CheckpointError) in try write(index) }
        try compareChecksums()
    }

    private func write(_ index: Int) throws(CheckpointError) {
        let part = parts[index]
        let source = sources[part.tensor]
        let planned = tensors[part.tensor]
        let tensor = if let source { source.tensor } else { try planned.fetch() }
        let written = try readBack?.written(planned)
        var checksum = CRC32()
        for start in stride(from: part.range.lowerBound, to: part.range.upperBound, by: Self.blockByteCount) {
            let range = start..<min(start + Self.blockByteCount, part.range.upperBound)
            let block = tensor.contiguousBytes.extracting(range)
            if source != nil { checksum.update(block) }
            do throws(FileError) { try file.write(block, at: part.offset + start) } catch {
                throw CheckpointError(.file, error.description, cause: error)
            }
            if let written, !written.contiguousBytes.extracting(range).hasSameBytes(as: block) {
                throw ReadBack.failure(planned.name)
            }
        }
        do { try progress?.advance(by: part.range.count) } catch { throw CheckpointError.of(error) }
        let result = checksum
        checksums.change { checksums in
            checksums[index] = result
            return false
        }
    }

    /// Puts the checksums of each tensor's parts together and compares them with the source's.
    private func compareChecksums() throws(CheckpointError) {
        let checksums = checksums.wait { Optional($0) }
        var whole = CRC32()
        for (index, part) in parts.enumerated() {
            guard let source = sources[part.tensor], let own = checksums[index] else { continue }
            if part.range.lowerBound == 0 { whole = CRC32() }
            whole.append(own, byteCount: part.range.count)
            if part.range.upperBound == tensors[part.tensor].byteCount { try source.check(whole) }
        }
    }
}
