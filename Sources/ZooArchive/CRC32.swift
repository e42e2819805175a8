internal import CDeflate
internal import CZlib
import ZooCore

/// The CRC-32 of zip files (polynomial 0xEDB88320), by libdeflate, three times as fast as zlib (docs/decisions/0007).
public struct CRC32: Sendable {
    /// The checksum of everything added so far.
    public private(set) var value: UInt32 = 0

    /// Starts with no bytes.
    public init() {}

    /// Adds `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public mutating func update(_ bytes: RawSpan) {
        value = unsafe bytes.withUnsafeBytes { buffer in
            // A null pointer would reset the checksum.
            guard let base = buffer.baseAddress else { return value }
            return unsafe libdeflate_crc32(value, base, buffer.count)
        }
    }

    /// Adds `byteCount` bytes whose own checksum is `other`: parts of a file can be hashed at the same time.
    ///
    /// - Complexity: O(log `byteCount`).
    public mutating func append(_ other: CRC32, byteCount: Int) {
        // Of zlib: libdeflate does not combine.
        value = UInt32(truncatingIfNeeded: crc32_combine(UInt(value), UInt(other.value), byteCount))
    }

    /// The checksum of `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public init(of bytes: RawSpan) { update(bytes) }

    /// The checksum of `bytes`, as a number.
    ///
    /// - Complexity: O(length of `bytes`).
    public static func checksum(of bytes: RawSpan) -> UInt32 { CRC32(of: bytes).value }
}
