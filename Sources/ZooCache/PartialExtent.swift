import ZooCore

/// A run of bytes of a partial file that is there, and grows at its end. An object, since a hash cannot be copied.
final class PartialExtent {
    /// Where it begins in the file.
    let offset: Int
    /// Its length, with the bytes that are pending.
    var byteCount = 0
    /// The hash of all its bytes.
    var hash = SHA256()
    /// Bytes that are hashed and counted, but not yet written: libcurl hands over 16 KiB at a time, too few for a
    /// system call each.
    var pending: [UInt8] = []
    var recordedByteCount = 0
    /// While the bytes of the next run, which begins where this one ends, are being added to ``hash``: the digest of this
    /// run's own bytes, and how many of the next one's are added.
    var ahead: (digest: SHA256Digest, byteCount: Int)?

    init(offset: Int) { self.offset = offset }

    var end: Int { offset + byteCount }
    var range: Range<Int> { offset..<end }

    /// The digest of its bytes.
    var digest: SHA256Digest { ahead?.digest ?? hash.current() }
    /// How many of its bytes the file has.
    var flushedByteCount: Int { byteCount - pending.count }

    func add(_ bytes: RawSpan) {
        hash.update(bytes)
        unsafe bytes.withUnsafeBytes { bytes in unsafe pending.append(contentsOf: bytes) }
        byteCount += bytes.byteCount
    }
}
