internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// The folder of a search: what was asked for, and what every trial gave.
///
/// - `search.json`: the search, so that only the same one goes on.
/// - `trials.jsonl`: a line for each trial, appended as it ends.
/// - `report.html`: all of it for people.
public struct SearchFolder: Sendable {
    /// What a search follows from.
    public struct Description: Sendable, Hashable, Codable {
        /// The version of zoo.
        public let zoo: String
        /// The space, the method, the seed, the data and every further option, in words.
        public let request: [String: String]
        /// The command line of the search; older versions of zoo wrote none.
        public var command: [String]?
        /// The command of a trial up to the options that are searched.
        public var base: [String]?
        /// Those of the options that are flags, without values.
        public var flags: [String]?

        /// A description of what was asked for.
        ///
        /// - Parameters:
        ///   - request: everything that decides the trials.
        ///   - command: the command line, for people who want to run it again.
        ///   - base: the command of a trial up to the options that are searched.
        ///   - flags: those of the options that are flags.
        public init(request: [String: String], command: [String]? = nil, base: [String]? = nil, flags: [String]? = nil)
        {
            zoo = ZooVersion.current
            self.request = request
            self.command = command
            self.base = base
            self.flags = flags
        }
    }

    /// What to do about a folder that is there already.
    public enum Existing: Sendable {
        case refuse, resume, overwrite
    }

    /// Where it is.
    public let path: FilePath
    /// The trials that an earlier, interrupted search has made.
    public let known: [TrialResult]

    static let descriptionName = "search.json"
    static let trialsName = "trials.jsonl"

    /// Where the report is.
    public var reportPath: FilePath { path.appending(RunFolder.reportName) }

    /// Writes the report of what the folder holds, whether the search came to its end or not.
    ///
    /// - Throws: As ``RecordedSearch/init(_:)``, and ``FileError``.
    public func writeReport() throws {
        guard let search = try RecordedSearch(path) else { return }
        try SearchReport(search).write(to: reportPath)
    }

    /// Makes the folder, or opens that of an interrupted search.
    ///
    /// - Throws: ``TrainingError``: `runExists` for a folder that is there and is to be refused, that holds another search,
    ///   or something else; `unreadableRun` for lines that are no trials; file errors.
    public init(_ path: FilePath, _ description: Description, existing: Existing) throws {
        self.path = path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        guard names.isEmpty || names.contains(Self.descriptionName) else {
            throw TrainingError(
                .runExists, "\(path): there is something else of that name, no search; choose another with --run")
        }
        switch existing {
        case .refuse where !names.isEmpty:
            throw TrainingError(
                .runExists,
                "\(path): there is a search of that name; --resume goes on with it, --overwrite replaces it, --run names "
                    + "another folder")
        case .resume where !names.isEmpty:
            known = try Self.resume(path, description)
            return
        default: known = []
        }
        try Self.begin(path, description)
    }

    /// Adds a trial to the list on the disk.
    ///
    /// - Throws: ``FileError``.
    public func append(_ result: TrialResult) throws {
        let place = path.appending(Self.trialsName)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Array(try encoder.encode(result)) + [0x0a]
        do {
            let file = try FileDescriptor.open(
                place, .writeOnly, options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try file.closeAfter { try file.writeAll(line) }
        } catch let error as Errno {
            throw FileError(.write, place, error)
        }
    }

    private static func begin(_ path: FilePath, _ description: Description) throws {
        do {
            try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
            let trials = path.appending(trialsName).string
            if FileManager.default.fileExists(atPath: trials) { try FileManager.default.removeItem(atPath: trials) }
        } catch {
            throw FileError(.create, path, .permissionDenied)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var file = try AtomicFile(at: path.appending(descriptionName))
        try file.write(Array(encoder.encode(description)) + [0x0a])
        try file.publish()
    }

    private static func resume(_ path: FilePath, _ description: Description) throws -> [TrialResult] {
        let saved = try MappedFile(path.appending(descriptionName))
        guard let known = try? JSONDecoder().decode(Description.self, from: Data(Array(copying: saved.bytes))) else {
            throw TrainingError(
                .unreadableRun, "\(path.appending(descriptionName)) describes no search; begin anew with --overwrite")
        }
        let names = Set(known.request.keys).union(description.request.keys).sorted()
        if let name = names.first(where: { known.request[$0] != description.request[$0] }) {
            throw TrainingError(
                .runExists,
                "\(path): the search there is another one: \(name) was \(known.request[name] ?? "not there") and is "
                    + "\(description.request[name] ?? "not there"); use the same, or --overwrite, or another --run")
        }
        let place = path.appending(trialsName)
        guard FileManager.default.fileExists(atPath: place.string) else { return [] }
        let file = try MappedFile(place)
        let bytes = Array(copying: file.bytes)
        // What an interruption cut off in the middle of a line is made again.
        let whole = bytes.lastIndex(of: 0x0a).map { bytes[...$0] } ?? []
        if whole.count < bytes.count { try rewrite(place, Array(whole)) }
        return try whole.split(separator: 0x0a).enumerated().map { number, line in
            guard let result = try? JSONDecoder().decode(TrialResult.self, from: Data(line)) else {
                throw TrainingError(
                    .unreadableRun, "\(place): line \(number + 1) is no trial; begin anew with --overwrite")
            }
            return result
        }
    }

    private static func rewrite(_ place: FilePath, _ bytes: [UInt8]) throws {
        var file = try AtomicFile(at: place)
        try file.write(bytes)
        try file.publish()
    }
}
