import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// A `zoo finetune --features` whose images were found.
struct CodesWork {
    let command: FinetuneCommand
    let console: Console
    let splits: DataArgument.Splits

    /// Trains a head, writes it and the run, and says what came out.
    func run() throws {
        let clock = ContinuousClock.now
        let codes = try StoredCodes(command.features.map { FilePath($0) })
        let sources = codes.sources.map(\.arch).joined(separator: "+")
        let destination = FilePath(
            command.output ?? FinetuneCommand.defaultOutput(model: sources, data: FilePath(command.data)))
        try OutputFile.check(destination)
        let options = command.codesOptions
        console.message(introduction(codes))
        let path = command.record.path(for: destination)
        let folder = try RunFolder(path, existing: command.record.existing)
        let reporter = TrainingReporter(console: console, epochs: options.settings.epochs)
        let outcome = try CodesTuner(codes, options: options).train(
            on: splits.train, validation: splits.validation, run: (folder, description(sources, options))
        ) { progress in
            try Interruption.check()
            reporter.show(progress)
        }
        reporter.finish()
        try outcome.codes?.write(
            to: destination, provenance: command.provenance(source: command.features.joined(separator: ","), options))
        let report = command.record.noReport ? nil : try folder.writeReport()
        let answer = FinetuneAnswer(
            outcome, splits, output: destination.string, run: path.string, report: report?.string,
            seconds: clock.secondsUntilNow)
        if command.talk.json { try console.json(answer) } else { console.message(answer.summary) }
        if let report { console.message("report: \(report)") }
        if let divergence = outcome.divergence { throw divergence }
        if !command.talk.json { console.result(destination.string) }
    }

    private func description(_ sources: String, _ options: FineTuner.Options) throws -> RunDescription {
        RunDescription(
            command: CommandLine.arguments, zoo: ZooVersion.current, architecture: sources,
            source: command.features.joined(separator: ","),
            weightsDigest: try command.features.map { name in
                let file = try MappedFile(FilePath(name))
                return SHA256.digest(of: file.bytes).hex
            }.joined(separator: " "),
            classes: splits.train.classes, dataDigest: ImageListDigest.digest([splits.train, splits.validation]).hex,
            imageCounts: ["train": splits.train.samples.count, "val": splits.validation.samples.count],
            settings: Dictionary(uniqueKeysWithValues: command.settings(options)))
    }

    private func introduction(_ codes: StoredCodes) -> String {
        let names = codes.sources.map { "\($0.features) numbers of \($0.arch)" }.joined(separator: ", ")
        return "\(names), computed before, go into \(command.head.head.phrase)"
            + "\(codes.sources.reduce(0) { $0 + $1.features }) → \(splits.train.classes.count)\n"
            + "\(Formatting.count(splits.train.samples.count, "training image")) and "
            + "\(Formatting.count(splits.validation.samples.count, "validation image"))"
    }
}
