internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// The folder of a pruning: `pruning.json`, what came of each step; the training of each in `step-1` and so on; the report.
public struct PruningFolder: Sendable, Hashable {
    /// Where it is.
    public let path: FilePath

    static let recordName = "pruning.json"

    /// What the file says.
    public struct Record: Sendable, Hashable, Codable {
        /// Where the weights come from.
        public var source: String
        /// The network's architecture.
        public var architecture: String
        /// Where the checkpoint goes.
        public var output: String
        /// Every setting of the pruning, by the name of its option.
        public var settings: [String: String]
        /// The whole network, and each step so far.
        public var steps: [PruningStep]
        /// Whether the last step was reached.
        public var isFinished: Bool

        /// A record.
        public init(
            source: String, architecture: String, output: String, settings: [String: String], steps: [PruningStep],
            isFinished: Bool
        ) {
            self.source = source
            self.architecture = architecture
            self.output = output
            self.settings = settings
            self.steps = steps
            self.isFinished = isFinished
        }
    }

    /// The folder at a path, which may be there or not.
    ///
    /// - Throws: ``TrainingError`` (`runExists`) for a folder that holds something else.
    public init(_ path: FilePath) throws {
        self.path = path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        guard names.allSatisfy({ $0.hasPrefix("step-") || [Self.recordName, RunFolder.reportName].contains($0) }) else {
            throw TrainingError(
                .runExists, "\(path): there is something else of that name, no pruning; choose another with --run")
        }
    }

    /// The folder of a step's training, from 1.
    public func step(_ number: Int) -> FilePath { path.appending("step-\(number)") }

    /// Writes down how far a pruning is.
    ///
    /// - Throws: ``FileError``.
    public func write(_ record: Record) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var file = try AtomicFile(at: path.appending(Self.recordName))
        try file.write(Array(encoder.encode(record)) + [0x0a])
        try file.publish()
    }

    /// Writes the page about a pruning.
    ///
    /// - Returns: Where it is.
    /// - Throws: ``FileError``, and ``TrainingError`` (`unreadableRun`) if there is no record.
    public func writeReport() throws -> FilePath {
        let target = path.appending(RunFolder.reportName)
        guard let report = try PruningReport(of: path) else {
            throw TrainingError(.unreadableRun, "\(path): there is no \(Self.recordName) in it")
        }
        try report.write(to: target)
        return target
    }

    /// What a folder says about a pruning; `nil` if it holds none.
    static func record(in path: FilePath) throws -> Record? {
        let place = path.appending(recordName)
        guard FileManager.default.fileExists(atPath: place.string) else { return nil }
        let file = try MappedFile(place)
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(Array(copying: file.bytes))) else {
            throw TrainingError(.unreadableRun, "\(place) does not describe a pruning")
        }
        return record
    }
}
