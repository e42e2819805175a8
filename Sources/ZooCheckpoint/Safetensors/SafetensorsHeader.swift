import ZooCore
import ZooTensor

/// The header of a safetensors file: 8 bytes of length, then JSON (huggingface/safetensors, "Format").
///
/// Everything is checked that the reference implementation checks: the tensors fill the file from the end of the header
/// to the end of the file, in whatever order, without a hole, an overlap or a byte too many, and each is as long as its
/// type and shape say.
struct SafetensorsHeader: Sendable {
    struct Tensor: Sendable {
        let name: String
        /// `nil` if PyTorch has no such type, which ``type`` then names.
        let layout: TensorLayout?
        let type: String
        /// In bytes from the start of the file.
        let range: Range<Int>
    }

    /// The tensors, in the order of their bytes; those without bytes in the order of the header.
    let tensors: [Tensor]
    /// What `__metadata__` says.
    let metadata: [(key: String, value: String)]

    /// The largest header that the format allows (safetensors/src/tensor.rs, `MAX_HEADER_SIZE`).
    private static let largest: UInt64 = 100_000_000
    private static let lengthByteCount = 8

    /// Where the header should be, if the file begins like this format; it may reach behind the end of the file.
    static func range(in bytes: RawSpan) -> Range<Int>? {
        var reader = ByteReader(bytes)
        guard let length = try? reader.read(UInt64.self), (2...largest).contains(length),
            let first = try? reader.readByte(), first == UInt8(ascii: "{")
        else { return nil }
        return lengthByteCount..<lengthByteCount + Int(length)
    }

    /// Reads and checks the header of the file that `bytes` hold.
    ///
    /// - Throws: ``CheckpointError``: `truncated` where the file ends before the header or the tensors do, `malformed`
    ///   for everything that contradicts itself, `unsupported` for element types that zoo does not read.
    init(reading bytes: RawSpan) throws(CheckpointError) {
        guard let range = Self.range(in: bytes) else {
            throw CheckpointError(.notACheckpoint, "no safetensors header")
        }
        guard range.upperBound <= bytes.byteCount else {
            throw CheckpointError(
                .truncated,
                "the header needs \(range.upperBound) bytes, the file has \(bytes.byteCount); fetch it again",
                place: "header", torchMessage: "Error while deserializing header: invalid header length")
        }
        let json: JSONText
        do { json = try JSONParser.parse(bytes.extracting(range)) } catch {
            throw CheckpointError(
                .malformed, "byte \(range.lowerBound + error.offset): \(error.message)", place: "header",
                torchMessage: "Error while deserializing header: invalid JSON in header")
        }
        var tensors: [Tensor] = []
        var metadata: [(key: String, value: String)] = []
        for member in json.members ?? [] {
            if member.key == "__metadata__" {
                metadata = try Self.metadata(member.value)
            } else {
                tensors.append(try Self.tensor(member.key, member.value, from: range.upperBound))
            }
        }
        self.metadata = metadata
        self.tensors = try Self.contiguous(tensors, from: range.upperBound, to: bytes.byteCount)
    }

    private static func metadata(_ json: JSONText) throws(CheckpointError) -> [(key: String, value: String)] {
        guard let members = json.members else {
            throw CheckpointError(.malformed, "it is no object", place: "__metadata__")
        }
        var pairs: [(key: String, value: String)] = []
        for member in members {
            guard let text = member.value.text else {
                throw CheckpointError(.malformed, "the value of '\(member.key)' is no text", place: "__metadata__")
            }
            pairs.append((member.key, text))
        }
        return pairs
    }

    private static func tensor(
        _ name: String, _ json: JSONText, from start: Int
    ) throws(CheckpointError) -> Tensor {
        guard let members = json.members, members.count == 3, let type = json["dtype"]?.text,
            let shapeItems = json["shape"]?.items, let offsets = json["data_offsets"]?.items
        else {
            throw CheckpointError(.malformed, "expected dtype, shape and data_offsets and nothing else", place: name)
        }
        guard let known = SafetensorsType(name: type) else {
            throw CheckpointError(.unsupported, "tensors of the type \(type) are not read", place: name)
        }
        let sizes = shapeItems.compactMap(\.number)
        guard sizes.count == shapeItems.count, let shape = Shape(checking: sizes),
            let bitCount = Checked.multiply(shape.elementCount, known.bitCount)
        else { throw CheckpointError(.malformed, "the shape is impossible", place: name) }
        let bounds = offsets.compactMap(\.number)
        guard bounds.count == 2, offsets.count == 2, bounds[0] >= 0, bounds[1] >= bounds[0],
            let begin = Checked.add(start, bounds[0]), let end = Checked.add(start, bounds[1])
        else { throw CheckpointError(.malformed, "the data_offsets are impossible", place: name) }
        guard bitCount.isMultiple(of: 8), end - begin == bitCount / 8 else {
            let needed =
                bitCount.isMultiple(of: 8) ? "\(bitCount / 8)" : "\(bitCount / 8) bytes and \(bitCount % 8) bits"
            throw CheckpointError(
                .malformed, "the data_offsets leave \(end - begin) bytes, \(type) \(shape) needs \(needed)", place: name
            )
        }
        return Tensor(name: name, layout: try known.layout(shape, name), type: type, range: begin..<end)
    }

    /// The tensors sorted by where they lie, once it is clear that they fill the file.
    private static func contiguous(
        _ tensors: [Tensor], from start: Int, to end: Int
    ) throws(CheckpointError) -> [Tensor] {
        let order = tensors.indices.sorted { left, right in
            let (a, b) = (tensors[left].range, tensors[right].range)
            return (a.lowerBound, a.upperBound, left) < (b.lowerBound, b.upperBound, right)
        }
        var position = start
        for tensor in order.map({ tensors[$0] }) {
            guard tensor.range.lowerBound == position else {
                let what =
                    tensor.range.lowerBound > position ? "there is a hole before it" : "it overlaps another tensor"
                throw CheckpointError(
                    .malformed, "\(what): it begins at byte \(tensor.range.lowerBound), expected \(position)",
                    place: tensor.name)
            }
            position = tensor.range.upperBound
        }
        if position > end {
            throw CheckpointError(
                .truncated, "the tensors end at byte \(position), the file at \(end); fetch it again",
                torchMessage: "Error while deserializing header: incomplete metadata, file not fully covered")
        }
        guard position == end else {
            throw CheckpointError(
                .malformed, "\(end - position) bytes behind the tensors belong to nothing",
                torchMessage: "Error while deserializing header: incomplete metadata, file not fully covered")
        }
        return order.map { tensors[$0] }
    }
}
