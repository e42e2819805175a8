/// The order of the bytes of a number in a file.
public enum ByteOrder: String, Sendable, Hashable {
    case little, big
}

/// A read went past the end of the bytes at hand.
public struct EndOfBytes: Error, Sendable, Hashable {
    /// Where the read began, in bytes from the start of what is being read.
    public let offset: Int
    /// How many bytes were asked for.
    public let needed: Int
    /// How many were left.
    public let available: Int

    /// Creates the error.
    public init(offset: Int, needed: Int, available: Int) {
        self.offset = offset
        self.needed = needed
        self.available = available
    }
}

/// Reads numbers and byte runs from borrowed bytes, front to back; no read leaves them.
///
/// Every parser of zoo reads through it, so no parser needs `unsafe`. A read that does not fit throws
/// ``EndOfBytes`` and moves nothing.
///
/// ```swift
/// var reader = ByteReader(file.bytes)
/// let signature = try reader.read(UInt32.self)          // little-endian
/// let name = try reader.readBytes(Int(nameLength))      // borrowed, not copied
/// ```
@safe public struct ByteReader: ~Escapable {
    /// The bytes being read, borrowed.
    public let bytes: RawSpan
    /// The position of the next read, in bytes from the start.
    public private(set) var offset: Int

    /// Reads `bytes` from the front.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) {
        self.bytes = bytes
        self.offset = 0
    }

    /// How many bytes are left.
    public var remaining: Int { bytes.byteCount - offset }

    /// Whether nothing is left.
    public var isAtEnd: Bool { remaining == 0 }

    /// Reads one fixed-width integer, at any alignment.
    @_lifetime(self: copy self)
    public mutating func read<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, order: ByteOrder = .little
    ) throws(EndOfBytes) -> Number {
        let width = MemoryLayout<Number>.size
        try require(width)
        let raw = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Number.self)
        offset += width
        return order == .little ? Number(littleEndian: raw) : Number(bigEndian: raw)
    }

    /// Reads one byte.
    @_lifetime(self: copy self)
    public mutating func readByte() throws(EndOfBytes) -> UInt8 {
        try read(UInt8.self)
    }

    /// Borrows the next `count` bytes and moves past them.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    public mutating func readBytes(_ count: Int) throws(EndOfBytes) -> RawSpan {
        try require(count)
        let slice = bytes.extracting(offset..<offset + count)
        offset += count
        return slice
    }

    /// Copies the next `count` bytes and moves past them. Nothing is allocated unless they are there.
    ///
    /// - Complexity: O(`count`).
    @_lifetime(self: copy self)
    public mutating func readArray(_ count: Int) throws(EndOfBytes) -> [UInt8] {
        [UInt8](copying: try readBytes(count))
    }

    /// Copies bytes up to and without the next `terminator`, and moves past it; at most `limit` bytes.
    ///
    /// - Throws: ``EndOfBytes`` if the terminator does not come within `limit` bytes.
    /// - Complexity: O(length of the result).
    @_lifetime(self: copy self)
    public mutating func readArray(upTo terminator: UInt8, limit: Int) throws(EndOfBytes) -> [UInt8] {
        let end = min(bytes.byteCount, Checked.add(offset, limit) ?? bytes.byteCount)
        var index = offset
        while index < end {
            if bytes[byte: index] == terminator {
                let result = try readArray(index - offset)
                offset += 1
                return result
            }
            index += 1
        }
        throw EndOfBytes(offset: offset, needed: end - offset + 1, available: remaining)
    }

    /// Moves past `count` bytes without looking at them.
    @_lifetime(self: copy self)
    public mutating func skip(_ count: Int) throws(EndOfBytes) {
        try require(count)
        offset += count
    }

    private func require(_ count: Int) throws(EndOfBytes) {
        guard count >= 0, count <= remaining else {
            throw EndOfBytes(offset: offset, needed: count, available: remaining)
        }
    }
}
