import Glibc

extension RawSpan {
    /// The byte at `offset`.
    ///
    /// - Precondition: `offset` lies within the span.
    @inlinable public subscript(byte offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "byte offset out of range")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Whether the span begins with `prefix`.
    ///
    /// - Complexity: O(length of `prefix`).
    public func starts(with prefix: some Collection<UInt8>) -> Bool {
        guard prefix.count <= byteCount else { return false }
        var offset = 0
        for byte in prefix {
            if self[byte: offset] != byte { return false }
            offset += 1
        }
        return true
    }

    /// Whether both spans hold the same bytes.
    ///
    /// - Complexity: O(length).
    public func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, byteCount) == 0
            }
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// The memory of the elements, borrowed.
    public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get {
            // `Span.bytes` is unsafe for types with padding, whose gaps are uninitialised; zoo uses plain numbers only.
            let raw = unsafe span.bytes
            return unsafe _overrideLifetime(raw, borrowing: self)
        }
    }
}

extension Array where Element == UInt8 {
    /// An array with a copy of `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { buffer in unsafe [UInt8](buffer) }
    }
}

extension String {
    /// The text that `bytes` encode in UTF-8, or `nil` if they are not valid UTF-8.
    ///
    /// - Complexity: O(length of `bytes`).
    public init?(validatingUTF8 bytes: RawSpan) {
        let text = unsafe bytes.withUnsafeBytes { buffer in
            unsafe String(validating: buffer, as: UTF8.self)
        }
        guard let text else { return nil }
        self = text
    }
}
