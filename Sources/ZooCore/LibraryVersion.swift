import SystemPackage

/// A C library under zoo, as it is loaded now.
///
/// Each module tells of the libraries that it wraps, in an extension of this type.
public struct LibraryVersion: Sendable, Hashable {
    /// What people call it.
    public let name: String
    /// Its version, or a word that says why there is none.
    public let version: String
    /// How the name of the file begins that has it: `libdnnl.so`.
    public let fileName: String

    /// Creates the description.
    public init(_ name: String, version: String, fileName: String) {
        self.name = name
        self.version = version
        self.fileName = fileName
    }

    /// The file that it was loaded from; `nil` if it is part of the program or not loaded.
    ///
    /// - Complexity: One look at `/proc/self/maps`.
    public var path: String? {
        guard let maps = try? Self.text("/proc/self/maps") else { return nil }
        return Self.path(of: fileName, in: maps)
    }

    /// All of a file that the kernel makes up piece by piece: a short read is not its end.
    private static func text(_ path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = unsafe try piece.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }), count > 0 {
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The path in a line of `maps` (proc_pid_maps(5): `ADDRESSES MODE OFFSET DEVICE INODE PATH`) whose file begins so.
    static func path(of fileName: String, in maps: String) -> String? {
        // Of bytes, not of characters: there are hundreds of lines, and they are gone through for each library.
        for line in maps.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let first = line.firstIndex(of: UInt8(ascii: "/")), let last = line.lastIndex(of: UInt8(ascii: "/")),
                line[line.index(after: last)...].starts(with: fileName.utf8)
            else { continue }
            return String(decoding: line[first...], as: UTF8.self)
        }
        return nil
    }
}
