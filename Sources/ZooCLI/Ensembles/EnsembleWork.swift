import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// What the commands of `zoo ensemble` have in common.
struct EnsembleWork {
    let running: NetworkOptions
    let batchSize: Int?
    let session: Session
    let console: Console
    let start = ContinuousClock.now

    init(running: NetworkOptions, batchSize: Int?, console: Console) throws {
        self.running = running
        self.batchSize = batchSize
        self.console = console
        session = try Session()
    }

    init(_ options: EnsembleOptions) throws {
        try self.init(running: options.running, batchSize: options.batches.batchSize, console: options.talk.console)
    }

    var runnerOptions: NetworkRunner.Options {
        get throws { try running.runnerOptions(batchSize: batchSize, session: session, console: console) }
    }

    /// The networks of the members, named as people tell them apart.
    func networks(_ members: [String], needsHead: Bool) throws -> [(name: String, network: PretrainedNetwork)] {
        let names = Self.names(members)
        return try zip(names, members).map { name, member in
            let source = try ModelArgument.resolve(member, session: session, console: console)
            return (
                name, try source.load(session: session, options: running, console: console, needsHead: needsHead)
            )
        }
    }

    /// The members with what they classify with: networks, or heads on what networks make of an image.
    func classifiers(_ members: [String]) throws -> [(name: String, classifier: any Classifier)] {
        let names = Self.names(members)
        return try zip(names, members).map { name, member in
            let source = try ModelArgument.resolve(member, session: session, console: console)
            return (name, try source.loadClassifier(session: session, options: running, console: console))
        }
    }

    /// The last part of each path where that tells all apart; otherwise the paths.
    static func names(_ members: [String]) -> [String] {
        let short = members.map { FilePath($0).lastComponent?.string ?? $0 }
        return Set(short).count == short.count ? short : members
    }

    /// What the members say of the images to judge by, with the right output of each row.
    func answers(
        _ ensemble: EnsembleClassifier, _ images: ImageFolder
    ) throws -> (answers: EnsembleClassifier.MemberOutputs, labels: [Int], failures: [ImageFailure]) {
        let outputs = try Evaluation.outputs(for: images.classes, of: ensemble)
        let progress = ProgressLine(console)
        let answers = try ensemble.memberOutputs(of: images.samples, running: try runnerOptions) { done in
            try Interruption.check()
            progress.update("evaluating", done, of: images.samples.count, "images")
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: answers.slowLayers, console)
        DataArgument.warn(about: answers.failures, of: images.samples.count, console)
        guard !answers.sampleIndices.isEmpty else {
            throw TrainingError(.unusableData, "\(images.path): none of the images could be read")
        }
        return (answers, answers.sampleIndices.map { outputs[images.samples[$0].label] }, answers.failures)
    }

    /// An answer without a judgement.
    func answer(_ ensemble: EnsembleClassifier, output: String, method: String) -> EnsembleAnswer {
        EnsembleAnswer(
            output: output, method: method, classes: ensemble.classes, networks: ensemble.sourceCount,
            seconds: start.secondsUntilNow)
    }

    /// Writes the file and says what is in it.
    ///
    /// - Parameters:
    ///   - judged: the outputs that count as the ensemble's; its own if `nil`.
    ///   - provenance: how it was made, besides the members.
    func finish(
        _ ensemble: EnsembleClassifier,
        _ found: (answers: EnsembleClassifier.MemberOutputs, labels: [Int], failures: [ImageFailure])?,
        _ answer: EnsembleAnswer, judged: NetworkRunner.Outputs? = nil, note: String? = nil,
        provenance: [(key: String, value: String)], talk: OutputOptions
    ) throws {
        var answer = answer
        if let found {
            let rows = (judged ?? ensemble.combined(found.answers)).rows
            let result = CrossEntropy.evaluate(logits: rows, labels: found.labels)
            answer.count = found.labels.count
            answer.accuracy = Double(result.correctCount) / Double(found.labels.count)
            answer.loss = result.lossSum / Double(found.labels.count)
            answer.ensemble = EnsembleFacts(ensemble.judgement(found.answers, labels: found.labels))
            answer.unreadable = found.failures.map(\.sample.path.string)
        }
        try ensemble.write(
            to: FilePath(answer.output),
            provenance: [("method", answer.method), ("members", ensemble.members.map(\.name).joined(separator: ", "))]
                + provenance + (answer.accuracy.map { [("accuracy", "\($0)")] } ?? []))
        answer.seconds = start.secondsUntilNow
        if talk.json { return try console.json(answer) }
        console.message(
            "\(answer.method) of \(Formatting.count(ensemble.members.count, "member")), for which "
                + (ensemble.sourceCount == 1 ? "one network runs" : "\(ensemble.sourceCount) networks run"))
        if let facts = answer.ensemble, let accuracy = answer.accuracy, let loss = answer.loss, let count = answer.count
        {
            console.result(facts.table)
            console.message(facts.diversity)
            console.message(
                "accuracy \(Formatting.percent(accuracy)), loss \(Formatting.fixed(loss, 4)) on "
                    + "\(Formatting.count(count, "image"))\(note.map { " (\($0))" } ?? ""), after "
                    + Formatting.seconds(answer.seconds))
        }
        console.result(answer.output)
    }
}
