import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCore
import ZooTraining

/// `zoo report`: the page about a training run.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the report of a training run, or of a search, as one HTML file.",
        discussion: """
            RUN is the folder that 'zoo finetune' (or distill, or prune) wrote beside its checkpoint, or that checkpoint, \
            or the folder of folds that --run named. 'zoo finetune' writes \
            the report itself when it ends; this does it again, from what the folder holds: after an interruption, with a \
            newer zoo, or where it was left out with --no-report. The folder of a 'zoo tune' gives the report of that \
            search.

            The page has the curves of loss, accuracy and learning rates, the confusion matrix, precision, recall and F1 \
            of each class, the most confident mistakes and the least certain images, calibration, class balance, which \
            layers were trained, and how to use the checkpoint from zoo and from PyTorch. It is one file that asks the \
            network for nothing; the pictures are in it. With --slices it also has the accuracy on images of each kind.

            Examples:
              zoo report photos.run
              zoo report photos.pth --slices -o photos.html
              zoo report photos.tune
            """)

    @Argument(help: ArgumentHelp("The folder of a run, or the checkpoint beside it.", valueName: "run"))
    var place: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Where the page goes.", discussion: "report.html in the run's folder by default.", valueName: "file"))
    var output: String?

    @Flag(
        help: ArgumentHelp(
            "Show the accuracy on dark, small, wide and blurred images and those of each folder too.",
            discussion: "For a training; the validation images are read for it."))
    var slices = false

    @OptionGroup var talk: OutputOptions

    /// The result as `--json` prints it.
    private struct Answer: Encodable {
        let report: String
        let epochs: Int?
        let folds: Int?
        let trials: Int?
        var steps: Int?
        let isFinished: Bool?
    }

    func run() throws {
        let folder = Self.folder(FilePath(place))
        let console = talk.console
        let target = output.map { FilePath($0) } ?? folder.appending(RunFolder.reportName)
        let answer: Answer
        if let folds = try FoldsReport(of: folder) {
            try refuseSlices("a cross-validation")
            try OutputFile.checkPlace(target)
            try folds.write(to: target)
            answer = Answer(
                report: target.string, epochs: nil, folds: folds.count, trials: nil, isFinished: folds.isFinished)
        } else if let search = try RecordedSearch(folder) {
            try refuseSlices("a search")
            try OutputFile.checkPlace(target)
            try SearchReport(search).write(to: target)
            answer = Answer(
                report: target.string, epochs: nil, folds: nil, trials: search.trials.count, isFinished: nil)
        } else if let pruning = try PruningReport(of: folder) {
            try refuseSlices("a pruning")
            try OutputFile.checkPlace(target)
            try pruning.write(to: target)
            answer = Answer(
                report: target.string, epochs: nil, folds: nil, trials: nil, steps: pruning.stepCount,
                isFinished: pruning.isFinished)
        } else {
            let recorded = try RecordedRun(folder)
            try OutputFile.checkPlace(target)
            try RunReport(recorded, slices: slices ? measured(recorded, console) : []).write(to: target)
            answer = Answer(
                report: target.string, epochs: recorded.epochs.count, folds: nil, trials: nil,
                isFinished: recorded.description.isFinished)
        }
        if talk.json { try console.json(answer) } else { console.result(target.string) }
    }

    private func refuseSlices(_ content: String) throws(UsageError) {
        guard slices else { return }
        throw UsageError(
            "\(place) is \(content), and --slices goes with the page of one training; 'zoo evaluate --slices' takes any "
                + "checkpoint")
    }

    private func measured(_ run: RecordedRun, _ console: Console) throws -> [DataSlice] {
        let progress = ProgressLine(console)
        defer { progress.clear() }
        let threads = try Session().threadCount(option: nil) ?? WorkerThreads.processorCount
        let slices = try run.slices(threadCount: threads) { done, all in
            try Interruption.check()
            progress.update("measuring", done, of: all, "images")
        }
        progress.clear()
        if slices.isEmpty {
            console.message(
                "there are no slices: the images are too few or too much alike, or not where they were any more")
        }
        return slices
    }

    /// The folder of the run that wrote a checkpoint; any other path as it is.
    private static func folder(_ path: FilePath) -> FilePath {
        guard let stem = path.lastComponent?.stem, path.extension != "run" else { return path }
        let beside = path.removingLastComponent().appending("\(stem).run")
        var isDirectory = false
        let isFile = FileManager.default.fileExists(atPath: path.string, isDirectory: &isDirectory) && !isDirectory
        return isFile && FileManager.default.fileExists(atPath: beside.string) ? beside : path
    }
}
