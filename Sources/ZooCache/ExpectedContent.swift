public import ZooCore

/// What is known beforehand about the bytes of a file.
///
/// Every part may be unknown; ``isEmpty`` says that nothing is known, and then only the file's structure can vouch
/// for it.
public struct ExpectedContent: Sendable, Hashable {
    /// The exact length in bytes.
    public var byteCount: Int?
    /// The SHA-256 of the whole file.
    public var sha256: SHA256Digest?
    /// The first hexadecimal digits of the SHA-256, as torch.hub puts them into file names.
    public var sha256Prefix: String?

    /// Creates the expectation from what is known.
    public init(byteCount: Int? = nil, sha256: SHA256Digest? = nil, sha256Prefix: String? = nil) {
        self.byteCount = byteCount
        self.sha256 = sha256
        self.sha256Prefix = sha256Prefix
    }

    /// What torch.hub's rule for file names promises: `-<hex>.` names the first digits of the SHA-256.
    ///
    /// torch.hub's own expression (`HASH_REGEX`, torch/hub.py) accepts any number of digits, even none, and then
    /// checks nothing. Here at least 8 digits are needed, and 8 digits that read as a date (`-20200130.`) are taken
    /// for a date. The first run of digits that qualifies counts.
    ///
    /// - Complexity: O(length of `fileName`).
    public init(fileName: String) {
        self.init(sha256Prefix: Self.hashPrefix(in: fileName))
    }

    /// Whether nothing at all is known.
    public var isEmpty: Bool { byteCount == nil && !hasHash }

    /// Whether a hash, or the beginning of one, is known.
    public var hasHash: Bool { sha256 != nil || sha256Prefix.map { !$0.isEmpty } == true }

    /// This expectation, or the one that torch.hub's rule finds in `fileName` where no hash is known.
    public func completed(fromFileName fileName: String) -> ExpectedContent {
        guard !hasHash else { return self }
        var result = self
        result.sha256Prefix = ExpectedContent(fileName: fileName).sha256Prefix
        return result
    }

    /// What of `byteCount` and `sha256` contradicts the expectation; the length is looked at first.
    public func mismatch(byteCount: Int, sha256: SHA256Digest) -> FileDefect? {
        if let expected = self.byteCount, expected != byteCount {
            return FileDefect(.sizeMismatch, "it has \(byteCount) bytes, \(expected) are expected")
        }
        if let expected = self.sha256 {
            guard expected != sha256 else { return nil }
            return FileDefect(.hashMismatch, "its SHA-256 is \(sha256), \(expected) is expected")
        }
        if let prefix = sha256Prefix, !prefix.isEmpty, !sha256.hasPrefix(prefix) {
            return FileDefect(.hashMismatch, "its SHA-256 is \(sha256), one that begins with \(prefix) is expected")
        }
        return nil
    }

    private static func hashPrefix(in fileName: String) -> String? {
        let characters = Array(fileName.utf8)
        for start in characters.indices where characters[start] == UInt8(ascii: "-") {
            let digits = characters[(start + 1)...].prefix { isLowerHexDigit($0) }
            guard (8...2 * SHA256Digest.byteCount).contains(digits.count), digits.endIndex < characters.count,
                characters[digits.endIndex] == UInt8(ascii: "."), !isDate(digits)
            else { continue }
            return String(decoding: digits, as: UTF8.self)
        }
        return nil
    }

    private static func isLowerHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// Whether `digits` are a day as `YYYYMMDD`, of this century or the last.
    private static func isDate(_ digits: ArraySlice<UInt8>) -> Bool {
        guard digits.count == 8, let number = Int(String(decoding: digits, as: UTF8.self)) else { return false }
        return (1900...2099).contains(number / 10_000) && (1...12).contains(number / 100 % 100)
            && (1...31).contains(number % 100)
    }
}
