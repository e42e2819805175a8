internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// The folder of a cross-validation: the run of each fold in a folder of its own, `fold-1` and so on, and the report.
public struct FoldsFolder: Sendable, Hashable {
    /// Where it is.
    public let path: FilePath

    /// Finds out whether `count` folds may be written here; what an earlier cross-validation wrote beyond them is removed
    /// where that is asked for.
    ///
    /// - Throws: ``TrainingError`` (`runExists`) for a folder that holds something else, or folds that are to be kept;
    ///   ``FileError``.
    public init(_ path: FilePath, count: Int, existing: RunFolder.Existing) throws {
        self.path = path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        guard names.allSatisfy({ Self.number(of: $0) != nil || $0 == RunFolder.reportName }) else {
            throw TrainingError(
                .runExists, "\(path): there is something else of that name, no folds; choose another with --run")
        }
        for number in names.compactMap(Self.number) {
            let fold = try RunFolder(fold(number), existing: existing)
            guard number > count else { continue }
            try fold.begin()
            fold.removeIfEmpty()
        }
    }

    /// The folder of a fold, from 1.
    public func fold(_ number: Int) -> FilePath { Self.fold(number, in: path) }

    private static func fold(_ number: Int, in path: FilePath) -> FilePath { path.appending("fold-\(number)") }

    private static func number(of name: String) -> Int? {
        name.hasPrefix("fold-") ? Int(name.dropFirst(5)).flatMap { $0 > 0 ? $0 : nil } : nil
    }

    /// The folds in a folder, in order, as far as they have begun; none in a folder that holds something else.
    ///
    /// - Throws: As ``RecordedRun/init(_:)``.
    static func runs(in path: FilePath) throws -> [RecordedRun] {
        var runs: [RecordedRun] = []
        while FileManager.default.fileExists(
            atPath: fold(runs.count + 1, in: path).appending(RunFolder.descriptionName).string)
        {
            runs.append(try RecordedRun(fold(runs.count + 1, in: path)))
        }
        return runs
    }
}
