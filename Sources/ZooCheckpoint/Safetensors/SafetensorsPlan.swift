import ZooCore
import ZooTensor

/// The beginning of a safetensors file: the length of the header (8 bytes, little-endian), the header as JSON, and
/// where each tensor's bytes will lie behind it (github.com/huggingface/safetensors, README, "Format").
///
/// Tensors with larger elements come first, then names decide, as in the reference writer; so every tensor is aligned to
/// its elements. Spaces pad the header to a multiple of 8 at least, and up to 56 more let as many bytes as possible begin
/// at a multiple of 64, as they do in PyTorch's archives: the system copies those in half the time.
struct SafetensorsPlan {
    /// The first bytes of the file.
    let bytes: [UInt8]
    /// The tensors in the order in which they are written.
    let tensors: [PlannedTensor]
    /// The length of the whole file.
    let byteCount: Int

    /// Lays out `tensors`.
    ///
    /// - Throws: ``CheckpointError`` (`unsupported`) for an element type that the format lacks, `tooLarge` if the file
    ///   would be.
    init(_ tensors: [PlannedTensor], metadata: [String: String]) throws(CheckpointError) {
        let sorted = tensors.sorted {
            let (left, right) = ($0.dtype.itemSize, $1.dtype.itemSize)
            // Bytes of UTF-8, not characters: the reference writer's order.
            return left != right ? left > right : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        var members: [String] = []
        if !metadata.isEmpty { members.append("\"__metadata__\":" + JSONOutput.object(metadata)) }
        var end = 0
        for tensor in sorted {
            guard let dtype = SafetensorsType.name(of: tensor.dtype), let ownSizes = SafetensorsType.sizes(of: tensor)
            else {
                throw CheckpointError(
                    .unsupported,
                    "safetensors has no \(tensor.dtype.name); convert to another format, or exclude the tensor",
                    place: tensor.name)
            }
            let start = end
            guard let next = Checked.add(start, tensor.byteCount), next < 1 << 62 else {
                throw CheckpointError(.tooLarge, "the tensors have more bytes than a file can", place: tensor.name)
            }
            end = next
            let sizes = ownSizes.map(String.init).joined(separator: ",")
            members.append(
                "\(JSONOutput.string(tensor.name)):{\"dtype\":\"\(dtype)\",\"shape\":[\(sizes)],"
                    + "\"data_offsets\":[\(start),\(end)]}")
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        json += [UInt8](repeating: 0x20, count: Self.padding(of: json.count, before: sorted))
        // The reference reader takes no longer header (safetensors/src/tensor.rs, MAX_HEADER_SIZE).
        guard json.count <= 100_000_000 else {
            throw CheckpointError(.tooLarge, "the header has \(json.count) bytes, readers take 100,000,000")
        }
        var bytes: [UInt8] = []
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: UInt64(json.count) >> UInt64(shift)))
        }
        self.bytes = bytes + json
        self.tensors = sorted
        byteCount = self.bytes.count + end
    }

    /// How many spaces follow the JSON text: the fewest with which the most bytes of tensors are aligned.
    private static func padding(of jsonCount: Int, before tensors: [PlannedTensor]) -> Int {
        let least = (8 - jsonCount % 8) % 8
        var alignedByteCounts = [Int](repeating: 0, count: alignment / 8)
        var offset = lengthByteCount + jsonCount + least
        for tensor in tensors {
            // With this many further eights the tensor is aligned.
            if offset % 8 == 0 {
                alignedByteCounts[(alignment - offset % alignment) % alignment / 8] += tensor.byteCount
            }
            offset += tensor.byteCount
        }
        let best = alignedByteCounts.indices.reduce(0) { alignedByteCounts[$1] > alignedByteCounts[$0] ? $1 : $0 }
        return least + 8 * best
    }

    private static let lengthByteCount = 8
    private static let alignment = 64
}
