internal import FoundationEssentials
public import SystemPackage
internal import ZooCore

/// A search as its folder tells it: what was asked for, and every trial that was made.
public struct RecordedSearch: Sendable {
    /// Where it is.
    public let path: FilePath
    /// What was asked for.
    public let description: SearchFolder.Description
    /// What could be chosen.
    public let space: SearchSpace
    /// The trials in the order in which they were made.
    public let trials: [TrialResult]

    /// Reads the folder of a search; `nil` if it holds none.
    ///
    /// A last line that breaks off, as that of a search that was killed may, does not count.
    ///
    /// - Throws: ``TrainingError`` (`unreadableRun`) for files that are not what a search writes; ``ZooCore/FileError``.
    public init?(_ path: FilePath) throws {
        let place = path.appending(SearchFolder.descriptionName)
        guard FileManager.default.fileExists(atPath: place.string) else { return nil }
        let file = try MappedFile(place)
        guard
            let description = try? JSONDecoder().decode(
                SearchFolder.Description.self, from: Data(Array(copying: file.bytes))),
            let text = description.request["space"], let space = try? SearchSpace(recorded: text)
        else {
            throw TrainingError(.unreadableRun, "\(place) describes no search; the file was changed or is damaged")
        }
        self.path = path
        self.description = description
        self.space = space
        let list = path.appending(SearchFolder.trialsName)
        trials =
            FileManager.default.fileExists(atPath: list.string)
            ? try JSONLines.read(TrialResult.self, from: list).values : []
        guard trials.allSatisfy({ $0.setting.pairs.map(\.name) == space.dimensions.map(\.name) }) else {
            throw TrainingError(
                .unreadableRun, "\(list): its trials are of another search; begin anew with --overwrite")
        }
    }

    /// The last trial of each setting, the best first: of a setting that went through several rounds, the last one counts.
    ///
    /// - Complexity: O(trials · log(trials)).
    public var ranked: [TrialResult] {
        var last: [Int: TrialResult] = [:]
        for trial in trials where trial.round >= last[trial.number]?.round ?? 0 { last[trial.number] = trial }
        return last.values.sorted { $0.number < $1.number }.sorted { $0.isBetter(than: $1) }
    }

    /// The words of the command that trains with a setting again; `nil` for a search of an older zoo, which did not write
    /// it down.
    ///
    /// - Parameter epochs: how many epochs, where the search gave them.
    func command(for setting: SearchSetting, epochs: Int?) -> [String]? {
        guard let base = description.base else { return nil }
        let flags = Set(description.flags ?? [])
        let options = setting.pairs.compactMap { pair -> String? in
            guard flags.contains(pair.name) else { return "--\(pair.name)=\(pair.value)" }
            return ["yes", "true"].contains(pair.value) ? "--\(pair.name)" : nil
        }
        return base + options + (epochs.map { ["--epochs=\($0)"] } ?? [])
    }
}
