import ArgumentParser
import SystemPackage
import ZooTraining

/// Where a training is written down, and what happens to what is there.
struct RunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the run: its report, its metrics, its state, events for TensorBoard.",
            discussion: """
                By default the output's name with .run in place of its extension. With --folds a folder for each of them \
                in this one; none by default.
                """, valueName: "folder"),
        completion: .directory)
    var run: String?

    @Flag(help: "Go on where an interrupted run with the same settings was; begin where there is none.")
    var resume = false

    @Flag(help: "Replace a run that is there.")
    var overwrite = false

    @Flag(help: "Write no report.html into the run's folder; 'zoo report' can do it later.")
    var noReport = false

    @Flag(help: "End with an error if an image cannot be read.")
    var strict = false

    @Flag(help: "Compute the features of every image, and keep none for the next run.")
    var noFeatureCache = false

    /// What happens to a run that is there already.
    var existing: RunFolder.Existing {
        resume ? .resume : overwrite ? .overwrite : run == nil ? .replaceFinished : .refuse
    }

    /// The folder of the run whose checkpoint goes to `destination`.
    func path(for destination: FilePath) -> FilePath {
        if let run { return FilePath(run) }
        let stem = destination.lastComponent?.stem ?? "run"
        return destination.removingLastComponent().appending("\(stem).run")
    }

    func validate() throws {
        if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
    }
}
