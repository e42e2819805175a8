public import SystemPackage
import ZooArchive
public import ZooCore
import ZooPickle

/// Finds every pickle in a file, whatever the file and its members are called, and scans it.
///
/// It looks into zip and tar archives, nested ones too, into PyTorch's legacy streams and NumPy's object arrays, and at
/// pickles that follow one another. Bytes that two programs would read in two ways are read in both. What cannot be
/// looked at, such as a compressed file or an encrypted member, is a gap, never safe.
public struct FileScanner {
    /// How much work one file may cause.
    struct Budget {
        /// Bytes that may be decompressed, in all.
        var inflatedByteCount = 1 << 30
        /// Bytes of one decompressed member.
        static let largestMember = 1 << 28
        /// Members that may be looked at.
        var memberCount = 1 << 18
        /// Archives inside archives.
        static let largestDepth = 8
        /// Pickles that may be found.
        static let pickleCount = 1 << 14
    }

    /// Whether bytes are a file of their own, or may well be numbers.
    enum Role {
        case file, member
    }

    var result: FileScan
    var budget = Budget()

    /// Takes the lines of the disassembly.
    let trace: ((String) -> Void)?

    private init(_ path: FilePath, _ trace: ((String) -> Void)?) {
        result = FileScan(path: path, format: "")
        self.trace = trace
    }

    /// Scans the file at `path`.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - trace: takes the disassembly of every pickle, line by line, as ``ZooPickle/PickleTrace`` gives it, with a
    ///     heading for each.
    /// - Throws: ``CheckpointError`` if it cannot be opened. Whatever is in it, the result says so.
    /// - Complexity: O(length of the file); memory grows with the pickles and with what is compressed.
    public static func scan(
        _ path: FilePath, trace: ((String) -> Void)? = nil
    ) throws(CheckpointError) -> FileScan {
        do throws(FileError) {
            let file = try MappedFile(path)
            return scan(file, trace: trace)
        } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
    }

    /// Scans an open file.
    public static func scan(_ file: MappedFile, trace: ((String) -> Void)? = nil) -> FileScan {
        var scanner = FileScanner(file.path, trace)
        scanner.look(at: file.bytes, place: [], role: .file)
        return scanner.result
    }

    /// Looks at `bytes` in every way in which they can be read.
    mutating func look(at bytes: RawSpan, place: [String], role: Role) {
        let form = ScannedForm(of: bytes, role: role)
        if place.isEmpty { result.format = form.name }
        guard place.count <= Budget.largestDepth else { return gap(place, "archives nested too deeply") }
        switch form {
        case .empty:
            if role == .file { gap(place, "the file is empty") }
        case .zip:
            lookIntoZip(bytes, place)
            // "PK" is a persistent id to Python, which no plain unpickler takes.
            if bytes[byte: 0] != 0x50 { lookForPickles(bytes, place, .certainOnly) }
        case .tar:
            lookIntoTar(bytes, place)
            lookForPickles(bytes, place, .certainOnly)
        case .npy: lookIntoArray(bytes, place)
        case .compressed(let name): gap(place, "\(name) cannot be looked into; unpack it first")
        case .safetensors, .torchSharp: lookForPickles(bytes, place, .certainOnly)
        case .other(let name):
            lookForPickles(bytes, place, .certainOnly)
            if role == .file { gap(place, "\(name): no pickle, and no file that holds pickles") }
        case .bytes:
            if role == .member, !Self.isPickleName(place.last ?? "") {
                lookForPickles(bytes, place, .likely)
            } else {
                lookForPickles(bytes, place, .expected)
            }
        }
    }

    mutating func gap(_ place: [String], _ reason: String) {
        let gap = FileScan.Gap(place: place, reason: reason)
        if result.gaps.count < 1000, !result.gaps.contains(gap) { result.gaps.append(gap) }
    }

    /// Members that programs unpickle by their name.
    static func isPickleName(_ name: String) -> Bool {
        [".pkl", ".pickle", ".p"].contains { name.lowercased().hasSuffix($0) }
    }
}

/// What bytes are, for a scan.
enum ScannedForm {
    case empty, zip, tar, npy, safetensors, torchSharp, bytes
    case compressed(String)
    case other(String)

    init(of bytes: RawSpan, role: FileScanner.Role) {
        if bytes.byteCount == 0 {
            self = .empty
        } else if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || Self.endsAsZip(bytes, role) {
            self = .zip
        } else if bytes.starts(with: [0x93] + "NUMPY".utf8) {
            self = .npy
        } else if let name = Self.compression(bytes, role) {
            self = .compressed(name)
        } else if TarHeader.isHeader(bytes) {
            self = .tar
        } else if SafetensorsHeader.range(in: bytes) != nil {
            self = .safetensors
        } else if role == .file, bytes[byte: 0] != 0x80 {
            switch FileSignature(of: bytes) {
            case .other(let name): self = .other(name)
            case .html: self = .other("a web page")
            case .xml: self = .other("an XML document")
            case .safetensorsIndex: self = .other("JSON text")
            case .lfsPointer: self = .other("a Git LFS pointer, not the file it points to")
            // Its first byte, a count or a type, may be an instruction; only if it is none does Python stop there.
            case .torchSharp where !PickleMachine.isOpcode(bytes[byte: 0]): self = .torchSharp
            default: self = .bytes
            }
        } else {
            self = .bytes
        }
    }

    var name: String {
        switch self {
        case .empty: "empty"
        case .zip: "zip"
        case .tar: "tar"
        case .npy: "npy"
        case .safetensors: "safetensors"
        case .torchSharp: "torchsharp"
        case .bytes: "unrecognised"
        case .compressed(let name), .other(let name): name
        }
    }

    /// Python's zipfile finds an archive by its end, whatever comes before.
    private static func endsAsZip(_ bytes: RawSpan, _ role: FileScanner.Role) -> Bool {
        var place = bytes.byteCount - 22
        // In a member a comment behind the end is not looked for: that would read 64 KB of every tensor.
        let first = role == .file ? max(0, place - 0xffff) : max(0, place)
        while place >= first {
            if bytes[byte: place] == 0x50, bytes[byte: place + 1] == 0x4b, bytes[byte: place + 2] == 5,
                bytes[byte: place + 3] == 6
            {
                return true
            }
            place -= 1
        }
        return false
    }

    private static func compression(_ bytes: RawSpan, _ role: FileScanner.Role) -> String? {
        let signatures: [([UInt8], String)] = [
            ([0x1f, 0x8b, 0x08], "a gzip file"), (Array("BZh".utf8), "a bzip2 file"),
            ([0xfd] + Array("7zXZ".utf8) + [0], "an xz file"), ([0x28, 0xb5, 0x2f, 0xfd], "a Zstandard file"),
            ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7-Zip archive"),
            (Array("Rar!".utf8) + [0x1a, 7], "a RAR archive"),
            ([0x04, 0x22, 0x4d, 0x18], "an LZ4 file"), ([0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a], "an HDF5 file"),
        ]
        if let found = signatures.first(where: { bytes.starts(with: $0.0) }) { return found.1 }
        // joblib's files; two bytes are too little for what may be numbers.
        if role == .file, bytes.byteCount > 2, bytes[byte: 0] == 0x78,
            [0x01, 0x5e, 0x9c, 0xda].contains(bytes[byte: 1])
        {
            return "a zlib stream"
        }
        return nil
    }
}
