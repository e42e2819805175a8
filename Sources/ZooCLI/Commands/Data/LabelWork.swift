import SystemPackage
import ZooGraph
import ZooImage
import ZooTraining

/// The part of a `zoo data check` that looks at labels.
struct LabelWork {
    let command: DataCheckCommand
    let report: DataReport
    let classes: [String]
    let console: Console

    /// What was found.
    struct Findings {
        let suspects: [DataFindings.Suspect]
        /// `nil` where confident learning was not asked for.
        let errors: DataFindings.LabelErrors?
    }

    /// The features of all images that can be read.
    private struct Codes {
        let features: Matrix
        let labels: [Int]
        /// The index of each row in the report.
        let indices: [Int]
    }

    func run(_ network: PretrainedNetwork, session: Session) throws -> Findings {
        guard let codes = try codes(network, session: session) else { return Findings(suspects: [], errors: nil) }
        let found = LabelCheck.suspects(
            features: codes.features, labels: codes.labels, neighbourCount: command.neighbours)
        let suspects = found.map { suspect in
            DataFindings.Suspect(
                index: codes.indices[suspect.row], suggestion: suspect.suggestion,
                neighbours: suspect.neighbours.map { codes.indices[$0] }, similarity: suspect.similarity)
        }
        return Findings(suspects: suspects, errors: command.labelErrors ? try errors(codes, network) : nil)
    }

    private func codes(_ network: PretrainedNetwork, session: Session) throws -> Codes? {
        let unreadable = Set(report.unreadable.map(\.index))
        let indices = report.samples.indices.filter { !unreadable.contains($0) }
        guard !indices.isEmpty else { return nil }
        let runner = NetworkRunner(
            graph: try network.graph.headFeatures(), parameters: network.parameters,
            preprocessing: network.preprocessing,
            options: try command.running.runnerOptions(
                batchSize: command.batches.batchSize, session: session, console: console))
        let progress = ProgressLine(console)
        let outputs = try runner.run(indices.map { report.samples[$0] }) { done in
            try Interruption.check()
            progress.update("features", done, of: indices.count, "images")
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: outputs.slowLayers, console)
        var features = outputs.rows
        if network.head.isConvolution { features = features.channelMeans(channels: network.head.inputFeatures) }
        let rows = outputs.sampleIndices.map { indices[$0] }
        return Codes(features: features, labels: rows.map { report.samples[$0].label }, indices: rows)
    }

    private func errors(_ codes: Codes, _ network: PretrainedNetwork) throws -> DataFindings.LabelErrors {
        let folds = command.folds ?? 5
        let progress = ProgressLine(console)
        let probabilities = try OutOfFoldProbabilities.compute(
            features: codes.features, labels: codes.labels, classCount: classes.count, foldCount: folds, seed: 0
        ) { done in
            try Interruption.check()
            progress.update("labels", done, of: folds, "folds")
        }
        progress.clear()
        let learning = ConfidentLearning(probabilities: probabilities, labels: codes.labels)
        if let html = command.html {
            try LabelReport(
                data: command.data, classes: classes, samples: codes.indices.map { report.samples[$0] },
                learning: learning,
                method:
                    "Logistic regression on the features of \(network.graph.name), for each of \(folds) parts of the "
                    + "images learnt from the others, says how probable each class is."
            ).write(to: FilePath(html))
        }
        return DataFindings.LabelErrors(learning: learning, indices: codes.indices)
    }
}
