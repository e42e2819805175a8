/// The cyclic redundancy check of Castagnoli's polynomial, which TensorFlow's record files have.
///
/// Not zip's CRC-32, whose polynomial is another.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0x82F6_3B78 }
    }

    /// The checksum of some bytes.
    ///
    /// - Complexity: O(bytes), one at a time: for small records.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
    }

    /// The checksum as record files store it: turned and shifted, so that a record of records is no trap.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = checksum(bytes)
        return ((value >> 15) | (value << 17)) &+ 0xA282_EAD8
    }
}
