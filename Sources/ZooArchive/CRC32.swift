internal import CZlib
import ZooCore

/// The CRC-32 of zip files (polynomial 0xEDB88320), by zlib.
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
            let start = unsafe base.assumingMemoryBound(to: UInt8.self)
            return UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(value), start, buffer.count))
        }
    }

    /// The checksum of `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public static func checksum(of bytes: RawSpan) -> UInt32 {
        var checksum = CRC32()
        checksum.update(bytes)
        return checksum.value
    }
}
