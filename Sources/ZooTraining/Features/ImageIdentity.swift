import ZooCore

/// What an image's features are kept under, and what its augmentation draws from: its bytes, wherever it stands, so that
/// another image more or less changes nothing for the others.
struct ImageIdentity: Sendable, Hashable {
    /// The name in the store; `nil` for a file that cannot be read.
    let name: String?
    /// The stream of random numbers.
    let stream: UInt64

    /// The identities of files with these digests.
    ///
    /// - Parameter countsCopies: whether files with the same bytes are told apart, in their order: augmented each gets a
    ///   look of its own, while as they are one row serves all.
    static func identities(of digests: [SHA256Digest?], countsCopies: Bool) -> [ImageIdentity] {
        var copies: [SHA256Digest: UInt64] = [:]
        return digests.map { digest in
            guard let digest else { return ImageIdentity(name: nil, stream: 0) }
            let copy = copies[digest, default: 0]
            if countsCopies { copies[digest] = copy + 1 }
            let hex = digest.hex
            return ImageIdentity(
                name: copy == 0 ? hex : "\(hex)#\(copy)", stream: SeededGenerator.mixed(Self.leadingBits(hex), copy))
        }
    }

    private static func leadingBits(_ hex: String) -> UInt64 { UInt64(hex.prefix(16), radix: 16) ?? 0 }
}
