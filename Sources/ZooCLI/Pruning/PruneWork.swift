import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// A `zoo prune` while it goes on.
struct PruneWork {
    let command: PruneCommand
    /// How the network is trained after each step.
    let finetune: FinetuneCommand
    let session: Session
    let console: Console

    /// What every step has at hand.
    private struct Task {
        let source: ModelArgument
        let name: String
        let whole: PretrainedNetwork
        let splits: DataArgument.Splits
        let size: ImageSize
        let running: NetworkRunner.Options
        let calibration: CalibrationImages?
        let folder: PruningFolder
        let destination: FilePath
        let teaching: FinetuneWork.Teaching?
    }

    func run() throws {
        let clock = ContinuousClock.now
        let task = try begin()
        var record = PruningFolder.Record(
            source: task.name, architecture: task.whole.graph.name, output: task.destination.string,
            settings: Dictionary(uniqueKeysWithValues: command.settings), steps: [try judged(task.whole, 0, task)],
            isFinished: false)
        let networks = try prune(task, &record)
        let speeds = try SpeedComparison.imagesPerSecond(
            of: networks, height: task.size.height, width: task.size.width, running: task.running,
            onProgress: Interruption.check)
        for (index, speed) in speeds.enumerated() { record.steps[index].imagesPerSecond = speed }
        record.isFinished = true
        try task.folder.write(record)
        let last = networks[networks.count - 1]
        try FineTunedModel(
            graph: last.graph, tensors: last.parameters, classes: task.splits.train.classes,
            preprocessing: last.preprocessing, provenance: try provenance(task)
        ).write(to: task.destination)
        try finish(record, task, seconds: clock.secondsUntilNow)
    }

    /// Takes every step, and writes each down.
    ///
    /// - Returns: The whole network, and the one after each step.
    private func prune(_ task: Task, _ record: inout PruningFolder.Record) throws -> [PretrainedNetwork] {
        var networks = [task.whole]
        for step in 1...command.steps {
            let pruned = try prune(networks[networks.count - 1], step, task)
            let before = try judged(pruned.network, step, task)
            introduce(before, record.steps[0])
            let outcome = try train(pruned, step, task)
            record.steps.append(
                try PruningStep(
                    step: step, outcome.graph, outcome.tensors, height: task.size.height, width: task.size.width,
                    accuracyBefore: before.accuracyBefore, accuracy: outcome.bestAccuracy, loss: outcome.bestLoss))
            networks.append(pruned.network.with(outcome.graph, outcome.tensors))
            try task.folder.write(record)
        }
        return networks
    }

    // MARK: Steps

    private func prune(_ network: PretrainedNetwork, _ step: Int, _ task: Task) throws -> Pruning.Pruned {
        let progress = ProgressLine(console)
        defer { progress.clear() }
        var count = 0
        return try command.pruning.prune(
            network, whole: task.whole, step: step, height: task.size.height, width: task.size.width,
            calibration: task.calibration
        ) {
            try Interruption.check()
            count += 1
            progress.update("fitting", count, of: network.graph.widths.count, "layers")
        }
    }

    private func begin() throws -> Task {
        let splits = try DataArgument.trainingSplits(
            FilePath(command.data), validationFraction: finetune.training.valFraction, seed: finetune.training.seed,
            console: console)
        let source = try ModelArgument.resolve(command.model, session: session, console: console)
        let loaded = try source.load(session: session, options: finetune.running, console: console, needsHead: true)
        let outputs = try Evaluation.outputs(for: splits.train.classes, of: loaded)
        guard outputs.count == loaded.head.outputs else {
            throw UsageError(
                "\(loaded.path): the network tells \(loaded.head.outputs) classes apart, the data have "
                    + "\(outputs.count) of them; fine-tune it on these data first ('zoo finetune')")
        }
        // Where the names are not known, they are those of the data.
        let whole = loaded.with(loaded.graph, loaded.parameters, classes: loaded.classes ?? splits.train.classes)
        let name = source.entry?.id ?? source.path.lastComponent?.string ?? command.model
        let destination = FilePath(
            finetune.output ?? "\(source.path.lastComponent?.stem ?? whole.graph.name)-pruned.pth")
        try OutputFile.check(destination)
        let teaching =
            command.distill
            ? FinetuneWork.Teaching(
                distillation: try Distillation(teacher: whole, outputs: outputs), teacher: name,
                weights: RunDescription.digest(ofWeights: whole)) : nil
        let running = try finetune.running.runnerOptions(session: session, console: console)
        let calibration =
            command.needsCalibration
            ? try CalibrationImages(of: splits.train.samples, preprocessing: whole.preprocessing, running: running)
            : nil
        return Task(
            source: source, name: name, whole: whole, splits: splits,
            size: try Preprocessor(whole.preprocessing).outputSize(for: splits.train.samples),
            running: running, calibration: calibration,
            folder: try PruningFolder(
                finetune.record.run.map { FilePath($0) }
                    ?? destination.removingLastComponent().appending("\(destination.stem ?? "run").run")),
            destination: destination, teaching: teaching)
    }

    private func judged(_ network: PretrainedNetwork, _ step: Int, _ task: Task) throws -> PruningStep {
        let validation = task.splits.validation
        let progress = ProgressLine(console)
        defer { progress.clear() }
        let logits = try NetworkRunner(
            graph: network.graph, parameters: network.parameters, preprocessing: network.preprocessing,
            options: task.running
        ).run(validation.samples) { done in
            try Interruption.check()
            progress.update("evaluating", done, of: validation.samples.count, "images")
        }
        let outputs = try Evaluation.outputs(for: validation.classes, of: network)
        let result = Evaluation(
            logits: logits.rows, labels: logits.sampleIndices.map { validation.samples[$0].label }, outputs: outputs)
        return try PruningStep(
            step: step, network.graph, network.parameters, height: task.size.height, width: task.size.width,
            accuracyBefore: result.confusion.accuracy, accuracy: result.confusion.accuracy, loss: result.loss)
    }

    private func train(_ pruned: Pruning.Pruned, _ step: Int, _ task: Task) throws -> FineTuner.Outcome {
        var command = finetune
        command.layers.reuseClassifier = true
        var work = FinetuneWork(
            command: command, session: session, console: console, sources: [task.source], network: pruned.network,
            splits: task.splits)
        work.masks = pruned.masks
        work.teaching = task.teaching
        let folder = task.folder.step(step)
        let outcome: FineTuner.Outcome
        do {
            outcome = try work.train(pruned.network, task.splits, to: nil, run: folder).outcome
        } catch let interruption as InterruptionError {
            console.message("the same command with --resume goes on from the last epoch that was saved")
            throw interruption
        }
        if let divergence = outcome.divergence { throw divergence }
        if !finetune.record.noReport { _ = try RunFolder(folder, existing: .resume).writeReport() }
        return outcome
    }

    private func provenance(_ task: Task) throws -> [(key: String, value: String)] {
        let options = try finetune.tunerOptions(task.whole, task.splits)
        return finetune.provenance(source: task.name, options)
            + (command.settings + (task.teaching?.settings ?? [])).map { ($0.0.replacing("-", with: "_"), $0.1) }
    }

    // MARK: What is said

    private func introduce(_ step: PruningStep, _ whole: PruningStep) {
        console.message(
            "step \(step.step) of \(command.steps): \(Formatting.grouped(step.nonzero)) of "
                + "\(Formatting.grouped(whole.nonzero)) weights and \(Self.share(step.multiplyAdds, whole.multiplyAdds)) of "
                + "the multiply-adds are left; validation accuracy \(Formatting.percent(step.accuracyBefore)) before training"
        )
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        Formatting.percent(Double(part) / Double(max(whole, 1)))
    }

    private func finish(_ record: PruningFolder.Record, _ task: Task, seconds: Double) throws {
        var report: FilePath?
        if !finetune.record.noReport { report = try task.folder.writeReport() }
        if command.talk.json {
            return try console.json(
                Answer(
                    output: task.destination.string, run: task.folder.path.string, report: report?.string,
                    steps: record.steps, seconds: seconds))
        }
        console.result(table(record.steps))
        if let report { console.message("report: \(report)") }
        console.result(task.destination.string)
    }

    private func table(_ steps: [PruningStep]) -> Table {
        var table = Table([
            ("STEP", .left), ("ACCURACY", .right), ("BEFORE TRAINING", .right), ("MULTIPLY-ADDS", .right),
            ("WEIGHTS", .right), ("BYTES", .right), ("IMAGES/S", .right),
        ])
        for step in steps {
            table.add([
                step.step == 0 ? "whole" : "\(step.step)", Formatting.percent(step.accuracy),
                Formatting.percent(step.accuracyBefore), Formatting.grouped(step.multiplyAdds),
                Formatting.grouped(step.nonzero), Formatting.grouped(step.bytes),
                Formatting.grouped(Int(step.imagesPerSecond)),
            ])
        }
        return table
    }

    /// The result as `--json` prints it.
    private struct Answer: Encodable {
        let output: String
        let run: String
        let report: String?
        let steps: [PruningStep]
        let seconds: Double
    }
}
