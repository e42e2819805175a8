import ZooCore

extension PickleMachine {
    @_lifetime(reader: copy reader)
    mutating func readProtocol(_ reader: inout ByteReader) throws(PickleFault) {
        let version = Int(try reader.take(UInt8.self))
        guard version <= 5 else { throw PickleFault(.unsupported, "protocol \(version); zoo reads 0 to 5") }
        protocolVersion = max(protocolVersion, version)
    }

    /// A frame only helps readers to fetch bytes early; its length must still be there.
    @_lifetime(reader: copy reader)
    mutating func readFrame(_ reader: inout ByteReader) throws(PickleFault) {
        let length = try reader.take(UInt64.self)
        guard length <= UInt64(reader.remaining) else {
            throw PickleFault(.truncated, "a frame of \(length) bytes, \(reader.remaining) left")
        }
    }

    @_lifetime(reader: copy reader)
    mutating func readRun(_ count: UInt64, _ reader: inout ByteReader) throws(PickleFault) -> [UInt8] {
        guard count <= UInt64(limits.stringByteCount) else {
            throw PickleFault(.tooLarge, "\(count) bytes, at most \(limits.stringByteCount) are allowed")
        }
        do { return try reader.readArray(Int(count)) } catch { throw PickleFault(error) }
    }

    @_lifetime(reader: copy reader)
    mutating func readText(_ count: UInt64, _ reader: inout ByteReader) throws(PickleFault) {
        let bytes = try readRun(count, &reader)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PickleFault(.malformedArgument, "text that is not UTF-8")
        }
        try make(.text(text))
    }

    /// A Python-2 `str`, which may have been text or bytes.
    @_lifetime(reader: copy reader)
    mutating func readOldString(_ count: Int, _ reader: inout ByteReader) throws(PickleFault) {
        guard let count = UInt64(exactly: count) else {
            throw PickleFault(.malformedArgument, "a string of \(count) bytes")
        }
        try makeOldString(try readRun(count, &reader))
    }

    mutating func makeOldString(_ bytes: [UInt8]) throws(PickleFault) {
        try make(String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes))
    }

    @_lifetime(reader: copy reader)
    mutating func readLong(_ count: Int, _ reader: inout ByteReader) throws(PickleFault) {
        guard count >= 0 else { throw PickleFault(.malformedArgument, "an integer of \(count) bytes") }
        guard count <= limits.integerLength else {
            throw PickleFault(.tooLarge, "an integer of \(count) bytes, at most \(limits.integerLength) are allowed")
        }
        try make(PickleInteger.node(twosComplement: try readRun(UInt64(count), &reader)))
    }

    /// `I`: a decimal 64-bit integer, or `00` and `01` for booleans.
    @_lifetime(reader: copy reader)
    mutating func readDecimalInt(_ reader: inout ByteReader) throws(PickleFault) {
        let line = try readTextLine(&reader)
        switch line {
        case "00": try make(.bool(false))
        case "01": try make(.bool(true))
        default: try make(try PickleInteger.node(decimal: line, limits))
        }
    }

    /// `L`: a decimal integer, usually with an `L` behind it.
    @_lifetime(reader: copy reader)
    mutating func readDecimalLong(_ reader: inout ByteReader) throws(PickleFault) {
        let line = try readTextLine(&reader)
        let digits = line.hasSuffix("L") ? String(line.dropLast()) : line
        try make(try PickleInteger.node(decimal: digits, limits))
    }

    @_lifetime(reader: copy reader)
    mutating func readDecimalFloat(_ reader: inout ByteReader) throws(PickleFault) {
        let line = try readTextLine(&reader)
        guard let value = Double(line) else {
            throw PickleFault(.malformedArgument, "'\(line.prefix(40))' is no number")
        }
        try make(.float(value))
    }

    @_lifetime(reader: copy reader)
    mutating func readLine(_ reader: inout ByteReader) throws(PickleFault) -> [UInt8] {
        do {
            return try reader.readArray(upTo: 0x0a, limit: limits.stringByteCount)
        } catch {
            throw PickleFault(.truncated, "a line without end")
        }
    }

    @_lifetime(reader: copy reader)
    mutating func readTextLine(_ reader: inout ByteReader) throws(PickleFault) -> String {
        var line = try readLine(&reader)
        if line.last == 0x0d { line.removeLast() }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw PickleFault(.malformedArgument, "text that is not UTF-8")
        }
        return text
    }

    @_lifetime(reader: copy reader)
    mutating func readQuotedString(_ reader: inout ByteReader) throws(PickleFault) {
        try makeOldString(try PickleEscapes.quoted(try readLine(&reader)))
    }

    @_lifetime(reader: copy reader)
    mutating func readEscapedText(_ reader: inout ByteReader) throws(PickleFault) {
        try make(.text(try PickleEscapes.rawUnicode(try readLine(&reader))))
    }
}

extension ByteReader {
    /// Reads a number and says in the pickle's terms when it is not there.
    @_lifetime(self: copy self)
    mutating func take<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, order: ByteOrder = .little
    ) throws(PickleFault) -> Number {
        do { return try read(type, order: order) } catch { throw PickleFault(error) }
    }

    /// Reads the decimal number of a memo entry and the end of its line.
    @_lifetime(self: copy self)
    mutating func takeDecimalIndex() throws(PickleFault) -> UInt64 {
        guard let line = try? readArray(upTo: 0x0a, limit: 32) else {
            throw PickleFault(.truncated, "a memo number without end")
        }
        guard let index = UInt64(String(decoding: line, as: UTF8.self)) else {
            throw PickleFault(.malformedArgument, "a memo entry that is no number")
        }
        return index
    }
}
