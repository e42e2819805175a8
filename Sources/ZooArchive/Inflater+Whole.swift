internal import CDeflate
import ZooCore

extension Inflater {
    /// The largest result that is inflated in one piece where the caller does not keep it.
    static let largestWhole = 1 << 24

    /// All that `input` gives, inflated in one piece by libdeflate, 1.5 times as fast as zlib (docs/decisions/0007).
    ///
    /// - Returns: exactly `byteCount` bytes, or `nil` if the data is damaged, gives another number of bytes, or there is
    ///   no memory; ``inflate(_:byteCount:_:)`` says which.
    /// - Complexity: O(`byteCount`), also in memory: the caller has compared it with what it is willing to take.
    static func whole(_ input: RawSpan, byteCount: Int) -> [UInt8]? {
        guard let decompressor = unsafe libdeflate_alloc_decompressor() else { return nil }
        defer { unsafe libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let result = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
            let status = unsafe input.withUnsafeBytes { source in
                // No place for the actual length: another one than `byteCount` is an error.
                unsafe libdeflate_deflate_decompress(
                    decompressor, source.baseAddress, source.count, target.baseAddress, byteCount, nil)
            }
            isWhole = status == LIBDEFLATE_SUCCESS
            count = isWhole ? byteCount : 0
        }
        return isWhole ? result : nil
    }
}
