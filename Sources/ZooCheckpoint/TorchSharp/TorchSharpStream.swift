import ZooCore
import ZooTensor

/// Reads numbers, names and tensors one after another from a file of TorchSharp.
struct TorchSharpStream: ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
        reader = ByteReader(bytes)
    }

    /// How many bytes are left.
    var remaining: Int { reader.remaining }

    /// The element types by TorchSharp's numbers, which are those of `c10::ScalarType`.
    private static let types: [Int: DType] = [
        0: .uint8, 1: .int8, 2: .int16, 3: .int32, 4: .int64, 5: .float16, 6: .float32, 7: .float64, 8: .complex32,
        9: .complex64, 10: .complex128, 11: .bool, 15: .bfloat16,
    ]

    private static let largestName = 1 << 16
    private static let largestRank = 64

    /// An unsigned number in LEB128: seven bits a byte, the lowest first, the highest bit set in all bytes but the last.
    @_lifetime(self: copy self)
    mutating func number(_ what: String, place: String?) throws(CheckpointError) -> Int {
        let start = reader.offset
        var value = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard let byte = try? reader.readByte() else { throw isCut(what, start, place) }
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw CheckpointError(.malformed, "\(what) at byte \(start) has more than 63 bits", place: place)
    }

    /// A name: the number of its bytes, and UTF-8.
    @_lifetime(self: copy self)
    mutating func name(place: String) throws(CheckpointError) -> String {
        let count = try number("the length of its name", place: place)
        let start = reader.offset
        guard count <= Self.largestName else {
            throw CheckpointError(.tooLarge, "its name, at byte \(start), has \(count) bytes", place: place)
        }
        guard let bytes = try? reader.readBytes(count) else { throw isCut("its name", start, place) }
        guard let name = String(validatingUTF8: bytes) else {
            throw CheckpointError(.malformed, "its name, at byte \(start), is not UTF-8", place: place)
        }
        return name
    }

    /// The layout of a tensor, and where in the file its elements are.
    @_lifetime(self: copy self)
    mutating func tensor(place: String?) throws(CheckpointError) -> (layout: TensorLayout, range: Range<Int>) {
        let start = reader.offset
        let code = try number("its element type", place: place)
        guard let dtype = Self.types[code] else {
            throw CheckpointError(.unsupported, "element type \(code) at byte \(start) is not read", place: place)
        }
        let rank = try number("its number of axes", place: place)
        guard rank <= Self.largestRank else {
            throw CheckpointError(.malformed, "\(rank) axes at byte \(start)", place: place)
        }
        var sizes: [Int] = []
        for axis in 0..<rank { sizes.append(try number("the size of axis \(axis)", place: place)) }
        guard let shape = Shape(checking: sizes), let count = Checked.multiply(shape.elementCount, dtype.itemSize)
        else { throw CheckpointError(.malformed, "the shape \(sizes) is impossible", place: place) }
        let first = reader.offset
        do { try reader.skip(count) } catch {
            throw CheckpointError(
                .truncated,
                "\(dtype.name) \(shape) needs \(count) bytes from byte \(first), \(reader.remaining) are there; "
                    + "fetch it again", place: place)
        }
        return (TensorLayout(contiguous: dtype, shape), first..<first + count)
    }

    private func isCut(_ what: String, _ offset: Int, _ place: String?) -> CheckpointError {
        CheckpointError(.truncated, "the file ends in \(what), at byte \(offset); fetch it again", place: place)
    }
}
