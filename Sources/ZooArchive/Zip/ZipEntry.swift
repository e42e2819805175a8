/// One file in a zip archive, as the central directory describes it.
public struct ZipEntry: Sendable, Hashable {
    /// How the bytes of an entry are stored.
    public enum Method: Sendable, Hashable {
        case stored, deflated
        /// A method that zoo does not read, by its number in the zip specification (section 4.4.5).
        case other(UInt16)
    }

    /// The name with its folders, separated by `/`. Names that are not UTF-8 are read as Latin-1.
    public let name: String
    /// How the bytes are stored.
    public let method: Method
    /// Whether a password is needed.
    public let isEncrypted: Bool
    /// The CRC-32 of the contents; 0 where the writer did not compute it, as PyTorch may choose.
    public let checksum: UInt32
    /// The size of the contents in the archive, in bytes.
    public let compressedByteCount: Int
    /// The size of the contents, in bytes.
    public let byteCount: Int
    /// Where the local header lies, in bytes from the start of the file.
    public let headerOffset: Int
    /// Where the next entry or the central directory begins; nothing of this entry lies beyond it.
    public internal(set) var limit: Int

    let nameBytes: [UInt8]
    let generalFlags: UInt16

    /// The fewest bytes that the entry takes in the archive: local header, name and contents.
    var leastByteCount: Int { ZipFormat.localHeaderByteCount + nameBytes.count + compressedByteCount }
}

/// The numbers of the zip specification (APPNOTE.TXT 6.3.10).
enum ZipFormat {
    static let localHeader: UInt32 = 0x0403_4b50
    static let centralHeader: UInt32 = 0x0201_4b50
    static let endOfDirectory: UInt32 = 0x0605_4b50
    static let endOfDirectory64: UInt32 = 0x0606_4b50
    static let locator64: UInt32 = 0x0706_4b50

    static let localHeaderByteCount = 30
    static let centralHeaderByteCount = 46
    static let endOfDirectoryByteCount = 22
    static let endOfDirectory64ByteCount = 56
    static let locator64ByteCount = 20
    static let largestCommentByteCount = 0xffff

    static let extra64: UInt16 = 0x0001
    /// PyTorch's padding field, `FB`.
    static let extraPadding: UInt16 = 0x4246
    /// A 32-bit field whose value stands in the zip64 extra field.
    static let sentinel32: UInt32 = 0xffff_ffff
    static let sentinel16: UInt16 = 0xffff
}
