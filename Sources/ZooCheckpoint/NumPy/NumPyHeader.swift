import ZooCore
import ZooTensor

/// The header of an npy file (numpy/lib/format.py, versions 1.0, 2.0 and 3.0).
struct NumPyHeader: Sendable {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// What is read of an entry to find its header; numpy itself refuses headers of more than 10,000 bytes.
    static let largest = 1 << 16

    let type: NumPyType
    let layout: TensorLayout
    /// Where the elements begin, in bytes from the start of the file.
    let byteCount: Int
    /// `1.0`, `2.0` or `3.0`.
    let version: String

    /// Reads the header at the front of `bytes`.
    ///
    /// - Throws: ``CheckpointError``; `unsupported` for element types that zoo does not read.
    init(reading bytes: RawSpan, place: String?) throws(CheckpointError) {
        var reader = ByteReader(bytes)
        let text: RawSpan
        do {
            try reader.skip(Self.magic.count)
            let major = try reader.readByte()
            let minor = try reader.readByte()
            version = "\(major).\(minor)"
            guard bytes.starts(with: Self.magic), (1...3).contains(major), minor == 0 else {
                throw CheckpointError(
                    .unsupported, "version \(major).\(minor) of the npy format; zoo reads 1.0 to 3.0", place: place)
            }
            let length = major == 1 ? Int(try reader.read(UInt16.self)) : Int(try reader.read(UInt32.self))
            guard length <= Self.largest - 16 else {
                throw CheckpointError(.tooLarge, "an npy header of \(length) bytes", place: place)
            }
            text = try reader.readBytes(length)
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError(.truncated, "the npy header is cut off; fetch the file again", place: place)
        }
        byteCount = reader.offset
        let literal: PythonLiteral
        do {
            literal = try PythonLiteralParser.parse(String(decoding: [UInt8](copying: text), as: UTF8.self))
        } catch {
            throw CheckpointError(.malformed, "the npy header: \(error.message)", place: place)
        }
        (type, layout) = try Self.layout(literal, place)
    }

    private static func layout(
        _ literal: PythonLiteral, _ place: String?
    ) throws(CheckpointError) -> (NumPyType, TensorLayout) {
        guard case .dictionary(let pairs) = literal, pairs.map(\.key).sorted() == ["descr", "fortran_order", "shape"],
            let descr = pairs.first(where: { $0.key == "descr" })?.value,
            case .bool(let isFortran) = pairs.first(where: { $0.key == "fortran_order" })?.value,
            case .sequence(let items, isTuple: true) = pairs.first(where: { $0.key == "shape" })?.value
        else {
            throw CheckpointError(
                .malformed, "the npy header should have descr, fortran_order and shape and nothing else", place: place)
        }
        let type = try elementType(descr, place)
        let sizes = items.compactMap { if case .int(let size) = $0 { size } else { nil } }
        guard sizes.count == items.count, let shape = Shape(checking: sizes) else {
            throw CheckpointError(.malformed, "the shape in the npy header is impossible", place: place)
        }
        return (type, try layout(type, shape, isFortran: isFortran, place))
    }

    /// The layout of an array of this shape in either order.
    static func layout(
        _ type: NumPyType, _ shape: Shape, isFortran: Bool, _ place: String?
    ) throws(CheckpointError) -> TensorLayout {
        do {
            let strides = isFortran ? NumPyType.fortranStrides(shape) : shape.contiguousStrides
            return try TensorLayout(dtype: type.dtype, shape: shape, strides: strides, offset: 0)
        } catch {
            throw CheckpointError(.malformed, error.message, place: place, cause: error)
        }
    }

    private static func elementType(
        _ description: PythonLiteral, _ place: String?
    ) throws(CheckpointError) -> NumPyType {
        switch description {
        case .text(let text):
            guard let type = NumPyType(description: text) else {
                throw CheckpointError(.unsupported, "numpy arrays of the type '\(text)' are not read", place: place)
            }
            return type
        case .sequence:
            throw CheckpointError(
                .unsupported, "numpy arrays of records (a structured dtype) are not read", place: place)
        default: throw CheckpointError(.malformed, "the dtype in the npy header is no text", place: place)
        }
    }
}
