internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// The folder of a training run: what was asked for, how every epoch went, and what a later run needs to go on.
///
/// - `run.json`: the command, versions, the seed, the digest of the weights, every setting.
/// - `metrics.jsonl`: a line for each epoch, appended as the epoch ends.
/// - `events.out.tfevents.zoo`: the same for TensorBoard.
/// - `state.pth`: what the next epoch depends on, replaced as a whole; and the best epoch so far.
/// - `predictions.jsonl`: what the best epoch says of each validation image.
/// - `scratch.jsonl`: the metrics of a network without pretrained weights, where one was trained to compare.
/// - `report.html`: all of it for people.
public struct RunFolder: Sendable, Hashable {
    /// What to do about a folder that is there already.
    public enum Existing: Sendable {
        /// Refuse it.
        case refuse
        /// Replace a run that came to its end, and refuse one that did not.
        case replaceFinished
        /// Go on with the run in it, if it is the same.
        case resume
        /// Begin anew; what an earlier run wrote is removed.
        case overwrite
    }

    /// Where it is.
    public let path: FilePath

    static let descriptionName = "run.json"
    static let metricsName = "metrics.jsonl"
    static let stateName = "state.pth"
    static let predictionsName = "predictions.jsonl"
    static let comparisonName = "scratch.jsonl"
    /// The name of the report in the folder.
    public static let reportName = "report.html"

    /// Whether what an earlier run wrote is removed before this one begins.
    private let replaces: Bool

    /// Finds out whether a run may have the folder; nothing is made or removed yet.
    ///
    /// - Throws: ``TrainingError``: `runExists` for a folder that is there and is to be refused, or that is no run; file
    ///   errors.
    public init(_ path: FilePath, existing: Existing) throws {
        self.path = path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        guard names.isEmpty || names.contains(Self.descriptionName) else {
            throw TrainingError(
                .runExists, "\(path): there is something else of that name, no training run; choose another with --run")
        }
        switch existing {
        case .resume: replaces = false
        case .overwrite: replaces = true
        case .refuse, .replaceFinished:
            replaces = true
            if names.isEmpty { return }
            let isFinished = try RunDescription(ofRunIn: path).isFinished
            if case .replaceFinished = existing, isFinished { return }
            throw TrainingError(
                .runExists,
                "\(path): there is \(isFinished ? "a" : "an unfinished") training run of that name; --resume goes on with "
                    + "it, --overwrite replaces it, --run names another folder")
        }
    }

    /// Makes the folder, and removes what an earlier run wrote if it is to be replaced.
    ///
    /// - Throws: ``FileError``.
    func begin() throws {
        do { try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true) } catch {
            throw FileError(.create, path, Self.errno(of: error))
        }
        if replaces { try clear(FileManager.default.contentsOfDirectory(atPath: path.string)) }
    }

    /// Takes away what a run that could not begin has made.
    func removeIfEmpty() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? ["?"]
        if names.isEmpty { try? FileManager.default.removeItem(atPath: path.string) }
    }

    /// Writes down the epochs of a network without pretrained weights, beside those of this run.
    ///
    /// - Throws: ``FileError``.
    public func write(comparison epochs: [EpochRecord]) throws {
        try JSONLines.write(epochs, to: file(Self.comparisonName))
    }

    /// Writes the report of what the folder holds, whether the run came to its end or not.
    ///
    /// - Returns: Where it is; `nil` if no run has begun in the folder.
    /// - Throws: As ``RecordedRun/init(_:)``, and ``FileError``.
    public func writeReport() throws -> FilePath? {
        guard FileManager.default.fileExists(atPath: file(Self.descriptionName).string) else { return nil }
        let report = file(Self.reportName)
        try RunReport(RecordedRun(path)).write(to: report)
        return report
    }

    /// Whether there is a run in the folder that can be resumed.
    public var hasState: Bool { FileManager.default.fileExists(atPath: file(Self.stateName).string) }

    func file(_ name: String) -> FilePath { path.appending(name) }

    /// Removes what runs write, and nothing else.
    func clear(_ names: [String]) throws {
        for name in names where Self.isOurs(name) && FileManager.default.fileExists(atPath: file(name).string) {
            do { try FileManager.default.removeItem(atPath: file(name).string) } catch {
                throw FileError(.remove, file(name), Self.errno(of: error))
            }
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        [
            descriptionName, metricsName, stateName, predictionsName, comparisonName, reportName, EventFile.name,
        ].contains(name)
    }

    private static func errno(of error: any Error) -> Errno {
        guard let code = (error as? CocoaError)?.code else { return .ioError }
        return switch code {
        case .fileWriteNoPermission: .permissionDenied
        case .fileWriteOutOfSpace: .noSpace
        case .fileNoSuchFile: .noSuchFileOrDirectory
        default: .ioError
        }
    }
}
