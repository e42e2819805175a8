import ZooArchive
import ZooCore
import ZooPickle

/// What the first bytes of a file say it is. Names and extensions are never asked.
enum FileSignature: Sendable, Hashable {
    case empty, zip, torchLegacy, tar, safetensors, npy, pickle
    /// JSON that says which tensor is in which safetensors file.
    case safetensorsIndex
    case torchSharp(TorchSharpReader.Kind)
    case html, xml, lfsPointer
    /// Something else that is well known, by its name.
    case other(String)
    /// Text that is none of these, by its beginning.
    case text(String)
    case unknown

    /// Looks at the front of `bytes`.
    init(of bytes: RawSpan) {
        if bytes.byteCount == 0 {
            self = .empty
        } else if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
            self = .zip
        } else if bytes.starts(with: [0x93] + "NUMPY".utf8) {
            self = .npy
        } else if let known = Self.known(bytes) {
            self = known
        } else if TarHeader.isHeader(bytes) {
            self = .tar
        } else if SafetensorsHeader.range(in: bytes) != nil {
            self = .safetensors
        } else if let known = Self.markup(bytes) {
            self = known
        } else {
            let kind = TorchSharpReader.kind(of: bytes)
            // A state dict of 128 tensors begins as pickles of protocol 1 do; a tensor as no pickle does.
            self = kind.map { .torchSharp($0) } ?? Self.pickle(bytes)
            if self == .unknown, let text = Self.beginning(ofText: bytes) { self = .text(text) }
        }
    }

    /// The first words of what is printable text in UTF-8, as far as one looks.
    private static func beginning(ofText bytes: RawSpan) -> String? {
        let front = [UInt8](copying: bytes.extracting(0..<min(bytes.byteCount, 1024)))
        let text = String(decoding: front, as: UTF8.self)
        // A letter may be cut where one stops to look.
        let isPrintable = text.unicodeScalars.dropLast(front.count < bytes.byteCount ? 3 : 0).allSatisfy {
            $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) && $0 != "\u{fffd}"
                || "\t\n\r".unicodeScalars.contains($0)
        }
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard isPrintable, !words.isEmpty else { return nil }
        return words.count > 30 ? words.prefix(30) + "…" : words
    }

    private static func known(_ bytes: RawSpan) -> FileSignature? {
        let signatures: [([UInt8], String)] = [
            ([0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a], "an HDF5 file, as Keras writes them"),
            ([0x1f, 0x8b], "a gzip file; unpack it first"),
            (Array("BZh".utf8), "a bzip2 file; unpack it first"),
            ([0xfd] + Array("7zXZ".utf8) + [0], "an xz file; unpack it first"),
            ([0x28, 0xb5, 0x2f, 0xfd], "a Zstandard file; unpack it first"),
            ([0x37, 0x7a, 0xbc, 0xaf], "a 7-Zip archive; unpack it first"),
            (Array("PK".utf8) + [5, 6], "an empty zip archive"),
            (Array("GGUF".utf8), "a GGUF file"),
            ([0x89] + Array("PNG".utf8), "a PNG picture"),
            ([0xff, 0xd8, 0xff], "a JPEG picture"),
            ([0x7f] + Array("ELF".utf8), "an ELF program"),
        ]
        for (prefix, name) in signatures where bytes.starts(with: prefix) { return .other(name) }
        if bytes.byteCount > 8, bytes.extracting(4..<8).starts(with: Array("PTMF".utf8)) {
            return .other("a PyTorch Mobile program in flatbuffers")
        }
        // The magic number of PyTorch's legacy format with '?' for every byte that is not ASCII.
        if bytes.starts(with: [0x3f, 0x02, 0x3f, 0x0a, 0x6c, 0x3f, 0x3f, 0x46, 0x3f, 0x20]) {
            return .other("a legacy PyTorch file that was converted as text, which destroyed it; fetch it again")
        }
        // The name of an optimizer behind its length.
        for name in [
            "SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "ASGD", "Rprop", "RMSProp",
        ]
        where bytes.starts(with: [UInt8(name.utf8.count)] + Array(name.utf8)) {
            return .other(
                "the state of an optimizer in TorchSharp's own format, of which zoo reads state dicts and tensors")
        }
        return nil
    }

    private static func markup(_ bytes: RawSpan) -> FileSignature? {
        let front = String(decoding: [UInt8](copying: bytes.extracting(0..<min(bytes.byteCount, 1024))), as: UTF8.self)
        let text = String(front.drop { $0.isWhitespace || $0 == "\u{feff}" }).lowercased()
        if text.hasPrefix("version https://git-lfs.github.com/") || text.hasPrefix("version https://hawser.github.com/")
        {
            return .lfsPointer
        }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head") { return .html }
        if text.hasPrefix("<?xml") { return text.contains("<html") ? .html : .xml }
        if text.hasPrefix("<") { return text.contains("<html") ? .html : .xml }
        if text.hasPrefix("{") { return text.contains("\"weight_map\"") ? .safetensorsIndex : .other("JSON text") }
        return nil
    }

    private static func pickle(_ bytes: RawSpan) -> FileSignature {
        // A magic number takes a few dozen bytes in every protocol.
        var limits = PickleLimits.checkpoint
        limits.byteCount = 64
        if let first = try? PickleMachine.read(bytes, limits: limits), LegacyMagic.matches(first) {
            return .torchLegacy
        }
        if bytes.byteCount > 2, bytes[byte: 0] == 0x80, bytes[byte: 1] <= 5 { return .pickle }
        // Protocols 0 and 1 have no signature; what is larger than this is not guessed at.
        limits.byteCount = 1 << 24
        return (try? PickleMachine.read(bytes, limits: limits)) != nil ? .pickle : .unknown
    }
}
