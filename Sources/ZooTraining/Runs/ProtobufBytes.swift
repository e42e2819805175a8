import ZooCore

/// The few kinds of fields of Protocol Buffers' wire format that event files need.
///
/// Source: https://protobuf.dev/programming-guides/encoding.
struct ProtobufBytes {
    /// The fields appended so far.
    private(set) var bytes: [UInt8] = []

    /// Appends a `double`.
    mutating func append(_ number: Int, _ value: Double) {
        appendVarint(UInt64(number << 3 | 1))
        bytes += value.bitPattern.littleEndianBytes
    }

    /// Appends a `float`.
    mutating func append(_ number: Int, _ value: Float) {
        appendVarint(UInt64(number << 3 | 5))
        bytes += value.bitPattern.littleEndianBytes
    }

    /// Appends an `int64`.
    mutating func append(_ number: Int, _ value: Int) {
        appendVarint(UInt64(number << 3))
        appendVarint(UInt64(bitPattern: Int64(value)))
    }

    /// Appends a message or bytes.
    mutating func append(_ number: Int, _ value: [UInt8]) {
        appendVarint(UInt64(number << 3 | 2))
        appendVarint(UInt64(value.count))
        bytes += value
    }

    /// Appends a `string`.
    mutating func append(_ number: Int, text: String) {
        append(number, Array(text.utf8))
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A field's content.
    enum Value: Hashable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])
        case fixed32(UInt32)
    }

    /// Bytes that are no message.
    enum Defect: Error, CustomStringConvertible {
        case endlessNumber
        case unknownWireType(Int)

        var description: String {
            switch self {
            case .endlessNumber: "message has a number of more than ten bytes"
            case .unknownWireType(let type): "message has a field of the unknown wire type \(type)"
            }
        }
    }

    /// The fields of a message, in their order.
    ///
    /// - Throws: ``Defect``, or `EndOfBytes` for a message that ends inside a field.
    static func fields(_ message: [UInt8]) throws -> [(number: Int, value: Value)] {
        var reader = ByteReader(message.rawSpan)
        var fields: [(number: Int, value: Value)] = []
        while !reader.isAtEnd {
            let key = try readVarint(&reader)
            let value: Value
            switch key & 7 {
            case 0: value = .varint(try readVarint(&reader))
            case 1: value = .fixed64(try reader.read(UInt64.self))
            case 2:
                let count = Int(clamping: try readVarint(&reader))
                value = .bytes(try reader.readArray(count))
            case 5: value = .fixed32(try reader.read(UInt32.self))
            default: throw Defect.unknownWireType(Int(key & 7))
            }
            fields.append((Int(key >> 3), value))
        }
        return fields
    }

    private static func readVarint(_ reader: inout ByteReader) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try reader.readByte()
            value |= shift < 64 ? UInt64(byte & 0x7F) << shift : 0
            if byte < 0x80 { return value }
        }
        throw Defect.endlessNumber
    }
}

extension FixedWidthInteger {
    /// The bytes of the number, the lowest first.
    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
    }
}
