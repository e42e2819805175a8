internal import CCrypto

/// A SHA-256 computation under way (FIPS 180-4), by OpenSSL's libcrypto, which uses the processor's SHA instructions.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(file.bytes)
/// let digest = hash.finish()          // digest.hex == "f37072fd47e8…"
/// ```
@safe public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// Starts with no bytes.
    public init() {
        // Neither call fails for a digest that is compiled in, except when memory runs out.
        guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("libcrypto cannot start SHA-256: out of memory")
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Adds `bytes` to what is hashed.
    ///
    /// - Complexity: O(length of `bytes`).
    public mutating func update(_ bytes: RawSpan) {
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        }
        precondition(status == 1, "EVP_DigestUpdate failed")
    }

    /// Adds the UTF-8 of a text.
    ///
    /// - Complexity: O(length of `text`).
    public mutating func update(text: String) {
        let bytes = Array(text.utf8)
        unsafe update(bytes.span.bytes)
    }

    /// The digest of everything added so far; more may be added afterwards.
    ///
    /// A transfer records it beside its partial file, so that a later process can tell whether the file is still
    /// what was written.
    public func current() -> SHA256Digest {
        guard let copy = unsafe EVP_MD_CTX_new(), unsafe EVP_MD_CTX_copy_ex(copy, context) == 1 else {
            fatalError("libcrypto cannot copy a SHA-256 state: out of memory")
        }
        defer { unsafe EVP_MD_CTX_free(copy) }
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        let status = unsafe EVP_DigestFinal_ex(copy, &bytes, nil)
        precondition(status == 1, "EVP_DigestFinal_ex failed")
        return SHA256Digest(bytes: bytes)
    }

    /// Ends the computation.
    public consuming func finish() -> SHA256Digest {
        current()
    }

    /// The digest of `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public static func digest(of bytes: RawSpan) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}

/// A SHA-256 digest.
public struct SHA256Digest: Sendable, Hashable, CustomStringConvertible {
    /// The length of every digest, in bytes.
    public static let byteCount = 32

    private let bytes: [UInt8]

    fileprivate init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Parses 64 hexadecimal digits of either case; anything else is `nil`.
    public init?(hex: String) {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 2 * Self.byteCount, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        bytes = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    /// 64 lower-case hexadecimal digits, as `sha256sum` prints them.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether the digest begins with the hexadecimal digits of `prefix`, as in the file names of torch.hub.
    ///
    /// An empty prefix, which any file would satisfy, is never matched.
    public func hasPrefix(_ prefix: String) -> Bool {
        !prefix.isEmpty && hex.hasPrefix(prefix.lowercased())
    }

    /// The same as ``hex``.
    public var description: String { hex }
}
