import ZooCore

/// The bytes of TensorFlow's event files: records of serialised `Event` messages.
///
/// A record is its length (8 bytes, little-endian), the masked CRC-32C of that, the message, and the masked CRC-32C of
/// the message. Source: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, summary.proto.
enum EventRecords {
    /// The first record of every file.
    static func version(wallTime: Double) -> [UInt8] {
        var message = ProtobufBytes()
        message.append(1, wallTime)
        message.append(3, text: "brain.Event:2")
        return framed(message.bytes)
    }

    /// The record of an event.
    static func record(_ event: RunEvent) -> [UInt8] {
        var summary = ProtobufBytes()
        for scalar in event.scalars {
            var value = ProtobufBytes()
            value.append(1, text: scalar.tag)
            value.append(2, scalar.value)
            summary.append(1, value.bytes)
        }
        var message = ProtobufBytes()
        message.append(1, event.wallTime)
        if event.step != 0 { message.append(2, event.step) }
        message.append(5, summary.bytes)
        return framed(message.bytes)
    }

    private static func framed(_ message: [UInt8]) -> [UInt8] {
        let length = UInt64(message.count).littleEndianBytes
        return length + CRC32C.masked(length).littleEndianBytes + message
            + CRC32C.masked(message).littleEndianBytes
    }

    /// What the next record holds.
    enum Message {
        /// The record at the front of a file.
        case version(String)
        case event(RunEvent)
    }

    /// Reads the next record; `nil` if the bytes end inside it.
    ///
    /// - Throws: ``TrainingError`` (`unreadableRun`) for checksums that do not fit, and for messages that are none.
    static func next(_ reader: inout ByteReader, path: String) throws(TrainingError) -> Message? {
        let start = reader.offset
        func unreadable(_ what: String) -> TrainingError {
            TrainingError(
                .unreadableRun,
                "\(path): byte \(start): the \(what); the file is damaged or no event file, move it away")
        }
        do {
            let length = try reader.readArray(8)
            guard try reader.read(UInt32.self) == CRC32C.masked(length) else {
                throw unreadable("checksum of the record's length is wrong")
            }
            let count = length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard count <= UInt64(reader.remaining) else { return nil }
            let message = try reader.readArray(Int(count))
            guard try reader.read(UInt32.self) == CRC32C.masked(message) else {
                throw unreadable("checksum of the record's message is wrong")
            }
            do { return try decode(message) } catch is EndOfBytes {
                throw unreadable("record's message ends inside a field")
            } catch {
                throw unreadable("record's \(error)")
            }
        } catch let error as TrainingError {
            throw error
        } catch {
            // The file ends inside the record.
            return nil
        }
    }

    private static func decode(_ message: [UInt8]) throws -> Message {
        var (wallTime, step, version) = (0.0, 0, String?.none)
        var scalars: [RunEvent.Scalar] = []
        for field in try ProtobufBytes.fields(message) {
            switch (field.number, field.value) {
            case (1, .fixed64(let bits)): wallTime = Double(bitPattern: bits)
            case (2, .varint(let number)): step = Int(truncatingIfNeeded: number)
            case (3, .bytes(let bytes)): version = String(decoding: bytes, as: UTF8.self)
            case (5, .bytes(let bytes)):
                for case (1, .bytes(let value)) in try ProtobufBytes.fields(bytes) {
                    if let scalar = try decodeScalar(value) { scalars.append(scalar) }
                }
            default: break
            }
        }
        if let version { return .version(version) }
        return .event(RunEvent(wallTime: wallTime, step: step, scalars: scalars))
    }

    private static func decodeScalar(_ bytes: [UInt8]) throws -> RunEvent.Scalar? {
        var (tag, value) = ("", Float?.none)
        for field in try ProtobufBytes.fields(bytes) {
            switch (field.number, field.value) {
            case (1, .bytes(let bytes)): tag = String(decoding: bytes, as: UTF8.self)
            case (2, .fixed32(let bits)): value = Float(bitPattern: bits)
            default: break
            }
        }
        return value.map { RunEvent.Scalar(tag, $0) }
    }
}
