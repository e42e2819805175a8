import SystemPackage
import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// A `zoo quantize` while it goes on.
struct QuantizeWork {
    let command: QuantizeCommand
    let session: Session
    let console: Console

    /// What is looked at.
    private struct Images {
        /// Those that calibrate.
        let calibration: [ImageSample]
        /// Those that judge.
        let judges: [ImageSample]
        /// The network's output for the class of each label; `nil` where the network does not know the classes.
        let outputs: [Int]?
    }

    func run() throws {
        let clock = ContinuousClock.now
        let source = try ModelArgument.resolve(command.model, session: session, console: console)
        let destination = command.destination(of: source)
        try OutputFile.check(destination)
        let network = try source.load(session: session, options: command.running, console: console, needsHead: true)
        var options = try command.running.runnerOptions(
            batchSize: command.batches.batchSize, session: session, console: console)
        options.integers = .always
        if try !Int8Calibration.isNative() {
            console.warning(
                "this processor has no instructions for 8-bit integers (VNNI): float32 is faster here, and what integers give "
                    + "may differ a little from what they give elsewhere")
        }
        let images = try images(for: network)
        let outcome = try quantised(network, images, options)
        let model = try FineTunedModel(
            quantised: outcome.network, provenance: provenance(source: source, outcome))
        try model.write(to: destination)
        let comparison = try compare(
            network, outcome.network, bytes: model.byteCount, images, options)
        try finish(comparison, outcome, destination, seconds: clock.secondsUntilNow)
    }

    // MARK: Steps

    private func images(for network: PretrainedNetwork) throws -> Images {
        let parts = try DataArgument.openUnsorted(FilePath(command.data), console: console)
        let calibration = Quantiser.calibrationSamples(parts.train.samples, count: command.images)
        let used = Set(calibration.map(\.path))
        let others = parts.train.samples.filter { !used.contains($0.path) }
        let judges = parts.validation?.samples ?? (others.isEmpty ? parts.train.samples : others)
        if parts.validation == nil, others.isEmpty {
            console.message("there are no images but those that calibrate: they judge too")
        }
        let classes = parts.validation?.classes ?? parts.train.classes
        var outputs: [Int]?
        if !classes.isEmpty {
            do { outputs = try Evaluation.outputs(for: classes, of: network) } catch {
                console.message("no accuracy is shown: \(error.description)")
            }
        }
        return Images(calibration: calibration, judges: judges, outputs: outputs)
    }

    private func quantised(
        _ network: PretrainedNetwork, _ images: Images, _ running: NetworkRunner.Options
    ) throws -> Quantiser.Outcome {
        var options = Quantiser.Options()
        options.rule = command.limits
        options.agreement = command.agree
        options.kept = command.keep.map { LayerPattern($0) }
        let progress = ProgressLine(console)
        defer { progress.clear() }
        let outcome = try Quantiser(options).quantise(network, with: images.calibration, running: running) { event in
            try Interruption.check()
            switch event {
            case .calibrating(let done, let total): progress.update("calibrating", done, of: total, "images")
            case .layers(let done, let total): progress.update("trying layers", done, of: total, "layers")
            }
        }
        progress.clear()
        DataArgument.warn(about: outcome.failures, of: images.calibration.count, console)
        return outcome
    }

    private func provenance(source: ModelArgument, _ outcome: Quantiser.Outcome) -> [(key: String, value: String)] {
        [
            ("source", source.entry?.id ?? source.path.lastComponent?.string ?? command.model),
            ("calibration_images", "\(outcome.imageCount)"), ("limits", command.limits.rawValue),
        ] + (command.agree.map { [("agree", "\($0)")] } ?? [])
            + (command.keep.isEmpty ? [] : [("keep", command.keep.joined(separator: " "))])
    }

    // MARK: Judging

    /// One of the two networks.
    private struct Judged: Encodable {
        let accuracy: Double?
        let loss: Double?
        let bytes: Int
        let imagesPerSecond: Double
    }

    private struct Comparison {
        let float32: Judged
        let int8: Judged
        /// For how many of the images both give the same answer.
        let same: Int
        let count: Int
        let unreadable: [ImageFailure]
    }

    private func compare(
        _ network: PretrainedNetwork, _ integers: PretrainedNetwork, bytes: Int, _ images: Images,
        _ running: NetworkRunner.Options
    ) throws -> Comparison {
        let size = try Preprocessor(network.preprocessing).outputSize(for: images.calibration)
        let (before, after) = (try logits(network, images, running), try logits(integers, images, running))
        DataArgument.warn(about: before.failures, of: images.judges.count, console)
        let same = zip(network.answers(before.rows), network.answers(after.rows)).count { $0 == $1 }
        let speeds = try SpeedComparison.imagesPerSecond(
            of: [network, integers], height: size.height, width: size.width, running: running,
            onProgress: Interruption.check)
        func judged(_ outputs: NetworkRunner.Outputs, bytes: Int, speed: Double) -> Judged {
            let evaluation = images.outputs.map { known in
                Evaluation(
                    logits: outputs.rows, labels: outputs.sampleIndices.map { images.judges[$0].label }, outputs: known)
            }
            return Judged(
                accuracy: evaluation?.confusion.accuracy, loss: evaluation?.loss, bytes: bytes, imagesPerSecond: speed)
        }
        return Comparison(
            float32: judged(before, bytes: network.byteCount, speed: speeds[0]),
            int8: judged(after, bytes: bytes, speed: speeds[1]),
            same: same, count: before.rows.rowCount, unreadable: before.failures)
    }

    private func logits(
        _ network: PretrainedNetwork, _ images: Images, _ running: NetworkRunner.Options
    ) throws -> NetworkRunner.Outputs {
        let progress = ProgressLine(console)
        defer { progress.clear() }
        return try NetworkRunner(network, options: running).run(images.judges) { done in
            try Interruption.check()
            progress.update(
                "evaluating \(network.calibration == nil ? "float32" : "int8")", done, of: images.judges.count, "images"
            )
        }
    }

    // MARK: What is said

    /// The result as `--json` prints it.
    private struct Answer: Encodable {
        /// What the integers make of one result.
        struct Result: Encodable {
            let name: String
            let largest, limit: Float
            let signalToNoise: Double?
        }

        /// What one layer does by itself.
        struct Sensitivity: Encodable {
            let layer: String
            let error: Double
        }

        let output: String
        let layers: [String]
        let kept: [String]
        let sensitivities: [Sensitivity]
        let calibrationImages, count, same: Int
        let float32, int8: Judged
        let results: [Result]
        let unreadable: [String]
        let seconds: Double
    }

    private func finish(
        _ comparison: Comparison, _ outcome: Quantiser.Outcome, _ destination: FilePath, seconds: Double
    ) throws {
        let integers = outcome.network.calibration?.layers ?? []
        let layers = outcome.network.graph.nodes.map(\.name).filter(integers.contains)
        let kept = outcome.sensitivities.map(\.layer).filter { !integers.contains($0) }
        if command.talk.json {
            return try console.json(
                Answer(
                    output: destination.string, layers: layers, kept: kept,
                    sensitivities: outcome.sensitivities.map { .init(layer: $0.layer, error: $0.error) },
                    calibrationImages: outcome.imageCount,
                    count: comparison.count, same: comparison.same, float32: comparison.float32, int8: comparison.int8,
                    results: outcome.results.map {
                        .init(
                            name: $0.name, largest: $0.largest, limit: $0.limit,
                            signalToNoise: $0.signalToNoise.flatMap { $0.isFinite ? $0 : nil })
                    },
                    unreadable: comparison.unreadable.map(\.sample.path.string), seconds: seconds))
        }
        console.result(table(comparison))
        console.result(
            "the same answer for \(Formatting.percent(Double(comparison.same) / Double(max(comparison.count, 1)))) of "
                + "\(Formatting.count(comparison.count, "image")); \(Formatting.count(layers.count, "layer")) of integers, "
                + "calibrated with \(Formatting.count(outcome.imageCount, "image"))")
        if !kept.isEmpty {
            console.message(
                "float32 for \(Formatting.count(kept.count, "layer")) that change the answers most: "
                    + kept.prefix(4).joined(separator: ", ") + (kept.count > 4 ? ", …" : ""))
        } else if command.agree == nil, comparison.same * 100 < comparison.count * 98 {
            console.message("--agree 0.99 would keep the layers float32 that change the answers most")
        }
        if let worst = outcome.results.filter({ $0.signalToNoise != nil }).min(by: {
            $0.signalToNoise ?? 0 < $1.signalToNoise ?? 0
        }) {
            console.message(
                "least exact result: \(worst.name), \(Formatting.fixed(worst.signalToNoise ?? 0, 1)) dB above its error"
            )
        }
        if comparison.int8.imagesPerSecond < comparison.float32.imagesPerSecond {
            console.warning("integers are slower than float32 for this network here; only the file is smaller")
        }
        console.result(destination.string)
    }

    private func table(_ comparison: Comparison) -> Table {
        var table = Table([
            ("", .left), ("ACCURACY", .right), ("LOSS", .right), ("SIZE", .right), ("IMAGES/S", .right),
        ])
        for (name, judged) in [("float32", comparison.float32), ("int8", comparison.int8)] {
            table.add([
                name, judged.accuracy.map(Formatting.percent) ?? "", judged.loss.map { Formatting.fixed($0, 4) } ?? "",
                Formatting.bytes(judged.bytes), Formatting.grouped(Int(judged.imagesPerSecond)),
            ])
        }
        return table
    }
}
