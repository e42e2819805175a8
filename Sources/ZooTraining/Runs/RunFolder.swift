internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// The folder of a training run: what was asked for, how every epoch went, and what a later run needs to go on.
///
/// - `run.json`: the command, versions, the seed, the digest of the weights, every setting.
/// - `metrics.jsonl`: a line for each epoch, appended as the epoch ends.
/// - `events.out.tfevents.zoo`: the same for TensorBoard.
/// - `state.pth`: what the next epoch depends on, replaced as a whole; and the best epoch so far.
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

    /// Makes the folder, or takes over the one that is there.
    ///
    /// - Throws: ``TrainingError``: `runExists` for a folder that is there and is to be refused, or that is no run; file
    ///   errors.
    public init(_ path: FilePath, existing: Existing) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path.string) else {
            do { try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true) } catch {
                throw FileError(.create, path, Self.errno(of: error))
            }
            return
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        guard names.isEmpty || names.contains(Self.descriptionName) else {
            throw TrainingError(
                .runExists, "\(path): there is something else of that name, no training run; choose another with --run")
        }
        switch existing {
        case .resume: return
        case .refuse, .replaceFinished:
            if names.isEmpty { return }
            let isFinished = try RunDescription(of: self).isFinished
            if case .replaceFinished = existing, isFinished {
                try clear(names)
                return
            }
            throw TrainingError(
                .runExists,
                "\(path): there is \(isFinished ? "a" : "an unfinished") training run of that name; --resume goes on with "
                    + "it, --overwrite replaces it, --run names another folder")
        case .overwrite: try clear(names)
        }
    }

    /// Whether there is a run in the folder that can be resumed.
    public var hasState: Bool { FileManager.default.fileExists(atPath: file(Self.stateName).string) }

    func file(_ name: String) -> FilePath { path.appending(name) }

    /// Removes what runs write, and nothing else.
    func clear(_ names: [String]? = nil) throws {
        let names = try names ?? FileManager.default.contentsOfDirectory(atPath: path.string)
        for name in names where Self.isOurs(name) && FileManager.default.fileExists(atPath: file(name).string) {
            do { try FileManager.default.removeItem(atPath: file(name).string) } catch {
                throw FileError(.remove, file(name), Self.errno(of: error))
            }
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        [descriptionName, metricsName, stateName, EventFile.name].contains(name)
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
