import ArgumentParser
import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooTraining

/// `zoo data check`: what in a data set spoils training or falsifies its measure.
struct DataCheckCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find images that spoil training: broken, twice there, leaked into validation, mislabelled.",
        discussion: """
            Listed are images that cannot be decoded, images with the same pixels (within a class, in several classes, \
            in train and val), near-duplicates between train and val (perceptual hashes of 64 bits that differ in \
            \(DataReport.greatestDistance) at most), tiny images and images of one colour. With --model, also images whose \
            nearest neighbours by that network's features all belong to one other class: look at their labels. \
            Classes are counted.

            The exit code is 1 if something was found, otherwise 0. Nothing is changed.

            Examples:
              zoo data check photos
              zoo data check photos --model resnet18 --json
            """)

    @Argument(
        help: ArgumentHelp("The folder of images, or a list of them.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp("Look for wrong labels with this network's features.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String?

    @Option(
        help: ArgumentHelp("So many nearest images must agree on another class (with --model).", valueName: "k"))
    var neighbours = 5

    @Option(help: ArgumentHelp("Images with a shorter edge than this are tiny.", valueName: "pixels"))
    var minSize = 32

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if neighbours < 1 { throw ValidationError("--neighbours must be at least 1") }
        if minSize < 0 { throw ValidationError("--min-size must be 0 or more") }
        if model == nil, running.arch != nil || batches.batchSize != nil {
            throw ValidationError("--arch and --batch-size go with --model")
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        let splits = try DataArgument.open(FilePath(data))
        let network = try model.map { name in
            try ModelArgument.resolve(name, session: session, console: console)
                .load(session: session, options: running, console: console, needsHead: false)
        }
        let threads = try session.threadCount(option: running.threads) ?? WorkerThreads.processorCount
        let progress = ProgressLine(console)
        let total = splits.train.samples.count + (splits.validation?.samples.count ?? 0)
        let report = try DataCheck(smallestEdge: minSize, threadCount: threads).run(
            train: splits.train, validation: splits.validation
        ) { done in
            try Interruption.check()
            progress.update("checking", done, of: total, "images")
        }
        progress.clear()
        let suspects = try network.map { network in
            try self.suspects(in: report, of: network, session: session, console: console)
        }
        let findings = DataFindings(splits: splits, report: report, suspects: suspects)
        if talk.json {
            try console.json(findings.document)
        } else {
            console.result(findings.text(width: console.resultWidth))
        }
        if !findings.isClean { throw CommandAnswer(status: .answerIsNo) }
    }

    /// The images whose neighbours contradict their labels, by their index in the report.
    private func suspects(
        in report: DataReport, of network: PretrainedNetwork, session: Session, console: Console
    ) throws -> [DataFindings.Suspect] {
        let unreadable = Set(report.unreadable.map(\.index))
        let indices = report.samples.indices.filter { !unreadable.contains($0) }
        guard !indices.isEmpty else { return [] }
        let runner = NetworkRunner(
            graph: try network.graph.headFeatures(), parameters: network.parameters,
            preprocessing: network.preprocessing,
            options: try running.runnerOptions(batchSize: batches.batchSize, session: session, console: console))
        let progress = ProgressLine(console)
        let outputs = try runner.run(indices.map { report.samples[$0] }) { done in
            try Interruption.check()
            progress.update("features", done, of: indices.count, "images")
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: outputs.slowLayers, console)
        var features = outputs.rows
        if network.head.isConvolution { features = features.channelMeans(channels: network.head.inputFeatures) }
        let found = LabelCheck.suspects(
            features: features, labels: outputs.sampleIndices.map { report.samples[indices[$0]].label },
            neighbourCount: neighbours)
        func index(ofRow row: Int) -> Int { indices[outputs.sampleIndices[row]] }
        return found.map { suspect in
            DataFindings.Suspect(
                index: index(ofRow: suspect.row), suggestion: suspect.suggestion,
                neighbours: suspect.neighbours.map { index(ofRow: $0) }, similarity: suspect.similarity)
        }
    }
}
