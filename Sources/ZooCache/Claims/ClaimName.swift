import Synchronization
import SystemPackage
import ZooCore

/// The name of a download's bytes: `NAME.zoo.partial` while they are anybody's,
/// `NAME.zoo.<host>-<process>-<start>-<number>.partial` while one process has them.
struct ClaimName: Sendable, Hashable {
    /// The name that the finished file will have.
    let fileName: String
    /// Who has the bytes; `nil` if anybody may take them.
    let owner: ClaimOwner?
    /// Tells the claims of one process apart.
    let number: UInt64

    static let infix = ".zoo."
    static let suffix = ".partial"
    private static let lastNumber = Atomic<UInt64>(0)

    /// The longest of what follows `NAME`.
    static let longestSuffix =
        infix + String(repeating: "f", count: ClaimOwner.hostDigitCount) + "-ffffffff-ffffffffffffffff-ffffffff"
        + suffix

    private init(_ fileName: String, _ owner: ClaimOwner?, _ number: UInt64) {
        self.fileName = fileName
        self.owner = owner
        self.number = number
    }

    /// The name of bytes that are anybody's.
    init(free fileName: String) {
        self.init(fileName, nil, 0)
    }

    /// A name of this process that it never had before.
    init(newFor fileName: String) {
        self.init(fileName, .current, Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// Reads a name; `nil` for any other file.
    init?(_ text: String) {
        guard text.hasSuffix(Self.suffix) else { return nil }
        let rest = text.dropLast(Self.suffix.count)
        if rest.hasSuffix(".zoo"), rest.count > 4 {
            self.init(free: String(rest.dropLast(4)))
            return
        }
        guard let dot = rest.lastIndex(of: ".") else { return nil }
        let fields = rest[rest.index(after: dot)...].split(separator: "-", omittingEmptySubsequences: false)
        guard rest[..<dot].hasSuffix(".zoo"), rest[..<dot].count > 4, fields.count == 4,
            fields[0].utf8.count == ClaimOwner.hostDigitCount, let process = Int32(fields[1], radix: 16),
            let started = UInt64(fields[2], radix: 16), let number = UInt64(fields[3], radix: 16), process > 0
        else { return nil }
        let owner = ClaimOwner(host: String(fields[0]), process: process, started: started)
        self.init(String(rest[..<dot].dropLast(4)), owner, number)
    }

    /// The name of the file.
    var text: String {
        guard let owner else { return fileName + ".zoo" + Self.suffix }
        let fields = [
            owner.host, String(owner.process, radix: 16), String(owner.started, radix: 16), String(number, radix: 16),
        ]
        return fileName + Self.infix + fields.joined(separator: "-") + Self.suffix
    }
}

/// The bytes of a download as they are found in a cache.
struct ClaimedBytes: Sendable {
    let name: ClaimName
    let path: FilePath
    let status: FileStatus

    /// Seconds without a sign of life after which a process that cannot be seen from here counts as dead.
    ///
    /// ``DownloadClaim/keepAlive()`` gives one every ten seconds.
    static let silenceLimit = 120.0

    /// All of them that belong to `fileName`.
    static func all(of fileName: String, in directory: CacheDirectory) throws(FileError) -> [ClaimedBytes] {
        var found: [ClaimedBytes] = []
        for text in try directory.names() where text.hasPrefix(fileName + ".zoo") {
            guard let name = ClaimName(text), name.fileName == fileName else { continue }
            let path = directory.path(of: text)
            if let status = try? FileStatus(ofEntry: path) {
                found.append(ClaimedBytes(name: name, path: path, status: status))
            }
        }
        return found
    }

    /// Whether a process has them that lives, or may live.
    var isLive: Bool {
        switch name.owner?.state {
        case .alive: true
        case .elsewhere: FileStatus.now - status.modified <= Self.silenceLimit
        case .dead, nil: false
        }
    }

    /// Whether nobody can have them open: they may be taken by giving them another name.
    var isOrphaned: Bool { name.owner.map { $0.state == .dead } ?? true }
}
