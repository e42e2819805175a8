import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore

/// What `zoo fetch --lock` pins: which bytes each name stood for when it was first fetched.
///
/// docs/lock-file.md describes the format.
struct LockFile {
    /// One name and its bytes.
    struct Pin: Codable, Equatable {
        /// What was asked for: a model as it was spelt, or an address.
        let name: String
        /// Where the file was.
        let url: String
        /// Its name in the cache.
        let file: String
        /// Its length.
        let bytes: Int
        /// The SHA-256 of all of it.
        let sha256: String

        /// What is accepted from now on.
        var expected: ExpectedContent { ExpectedContent(byteCount: bytes, sha256: SHA256Digest(hex: sha256)) }
    }

    private struct Stored: Codable {
        var version = 1
        var files: [Pin]
    }

    private static let largestByteCount = 1 << 24

    /// Where it is.
    let path: FilePath
    /// The pins, by name.
    private(set) var pins: [Pin] = []

    /// Reads the file at `path`; one that does not exist has no pins yet.
    ///
    /// - Throws: ``LockFileError`` if it makes no sense; ``FileError`` if it cannot be read, or is needed and not there.
    static func read(_ path: FilePath, isNeeded: Bool) throws -> LockFile {
        guard FileManager.default.fileExists(atPath: path.string) else {
            if isNeeded { throw FileError(.open, path, .noSuchFileOrDirectory) }
            return LockFile(path: path)
        }
        let file = try MappedFile(path)
        guard file.byteCount <= largestByteCount else {
            throw LockFileError.malformed(path, "it is too large for a lock file")
        }
        return try LockFile(path, json: [UInt8](copying: file.bytes))
    }

    private init(path: FilePath) {
        self.path = path
    }

    /// Reads `json`.
    init(_ path: FilePath, json: [UInt8]) throws(LockFileError) {
        self.path = path
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)) else {
            throw .malformed(path, "it is not the JSON of a lock file")
        }
        guard stored.version == 1 else {
            throw .malformed(path, "it has version \(stored.version), this zoo reads version 1")
        }
        for pin in stored.files {
            guard CacheDirectory.isValid(fileName: pin.file), pin.bytes >= 0, SHA256Digest(hex: pin.sha256) != nil
            else {
                throw .malformed(path, "the file name, length or SHA-256 of '\(pin.name)' makes no sense")
            }
            guard !pins.contains(where: { $0.name == pin.name }) else {
                throw .malformed(path, "it has '\(pin.name)' twice")
            }
            try check(pin)
            pins.append(pin)
        }
    }

    /// What is pinned for that name.
    func pin(_ name: String) -> Pin? { pins.first { $0.name == name } }

    /// Pins a further name.
    ///
    /// - Throws: ``LockFileError`` if another name is pinned to other bytes in the same file of the cache.
    mutating func add(_ pin: Pin) throws(LockFileError) {
        try check(pin)
        pins.removeAll { $0.name == pin.name }
        pins.append(pin)
    }

    private func check(_ pin: Pin) throws(LockFileError) {
        guard let other = pins.first(where: { $0.file == pin.file && $0.name != pin.name }), other.sha256 != pin.sha256
        else { return }
        throw LockFileError(
            kind: .mismatch,
            description: "\(path): '\(other.name)' and '\(pin.name)' are both kept as \(pin.file), with different bytes"
        )
    }

    /// The file's text: sorted by name, so that the same pins are the same bytes.
    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let sorted = pins.sorted { $0.name < $1.name }
            return [UInt8](try encoder.encode(Stored(files: sorted))) + [UInt8(ascii: "\n")]
        }
    }

    /// Writes the file, which appears whole or not at all.
    func save() throws {
        var file = try AtomicFile(at: path)
        try file.write(try json)
        try file.publish()
    }
}

/// A lock file that cannot be used.
struct LockFileError: ZooError, Equatable {
    let kind: FailureKind
    let description: String

    static func malformed(_ path: FilePath, _ reason: String) -> LockFileError {
        LockFileError(
            kind: .unreadable, description: "\(path): \(reason); restore it, or remove it to pin everything anew")
    }
}
