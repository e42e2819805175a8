import SystemPackage
import ZooImage
import ZooTraining

extension FinetuneWork {
    /// Trains the pretrained network and one with random weights, and shows both beside each other.
    func compareWithScratch(_ destination: FilePath) throws {
        console.message("pretrained, \(sourceName):")
        let pretrained = try reportingInterruption(of: destination) { try train(network, splits, to: destination) }
        let scratch = try trainScratch(beside: destination)
        let report = writeReport(for: destination, comparison: scratch.outcome.epochs)
        let answers = [pretrained, scratch].map {
            FinetuneAnswer($0.outcome, splits, output: nil, seconds: $0.seconds)
        }
        if command.talk.json {
            return try console.json(
                ComparisonAnswer(
                    output: destination.string, report: report?.string, pretrained: answers[0], scratch: answers[1]))
        }
        console.result(Self.table(answers).text)
        console.message(
            "best: \(Formatting.percent(answers[0].bestAccuracy)) pretrained, "
                + "\(Formatting.percent(answers[1].bestAccuracy)) from random weights; written is the pretrained one")
        if let report { console.message("report: \(report)") }
        console.result(destination.string)
    }

    /// Trains the same network from random weights, and keeps nothing of it but how it went.
    private func trainScratch(beside destination: FilePath) throws -> Result {
        var other = command
        other.layers.noPretrained = true
        let work = FinetuneWork(
            command: other, session: session, console: console, sources: sources,
            network: network.withRandomWeights(seed: command.training.seed), splits: splits)
        console.message("from random weights:")
        return try reportingInterruption(of: destination) { try work.train(work.network, splits, to: nil) }
    }

    private static func table(_ answers: [FinetuneAnswer]) -> Table {
        var table = Table([
            ("epoch", .right), ("pretrained: loss", .right), ("accuracy", .right), ("scratch: loss", .right),
            ("accuracy", .right),
        ])
        for index in 0..<max(answers[0].epochs.count, answers[1].epochs.count) {
            let cells = answers.flatMap { answer in
                answer.epochs.indices.contains(index)
                    ? [
                        Formatting.fixed(answer.epochs[index].valLoss, 4),
                        Formatting.percent(answer.epochs[index].valAccuracy),
                    ] : ["", ""]
            }
            table.add(["\(index + 1)"] + cells)
        }
        return table
    }

    private struct ComparisonAnswer: Encodable {
        let output: String
        let report: String?
        let pretrained, scratch: FinetuneAnswer
    }

    /// Trains once for each of `count` parts of the images, which that training is judged by. Where a folder was named
    /// with --run, each training is written down there.
    func crossValidate(_ count: Int) throws {
        let place = try command.record.run.map {
            try FoldsFolder(FilePath($0), count: count, existing: command.record.existing)
        }
        var accuracies: [Double] = []
        var answers: [FinetuneAnswer] = []
        let folds = splits.whole.folds(count: count, seed: command.training.seed)
        for (number, fold) in folds.enumerated() {
            console.message("fold \(number + 1) of \(count):")
            let parts = DataArgument.Splits(train: fold.train, validation: fold.validation)
            let result: Result
            do { result = try train(network, parts, to: nil, run: place?.fold(number + 1)) } catch {
                if let place, error is InterruptionError { _ = writeReport(of: place, upTo: number + 1) }
                throw error
            }
            accuracies.append(result.outcome.bestAccuracy)
            answers.append(
                FinetuneAnswer(result.outcome, parts, output: nil, seconds: result.seconds))
        }
        let report = place.flatMap { writeReport(of: $0, upTo: count) }
        if let report { console.message("report: \(report)") }
        let mean = accuracies.reduce(0, +) / Double(count)
        let variance = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(count - 1, 1))
        if command.talk.json {
            return try console.json(
                FoldsAnswer(
                    meanAccuracy: mean, deviation: variance.squareRoot(), report: report?.string, folds: answers))
        }
        let list = accuracies.map { Formatting.percent($0) }.joined(separator: ", ")
        console.result(
            "validation accuracy over \(count) folds: \(Formatting.percent(mean)) ± "
                + "\(Formatting.percent(variance.squareRoot())) (\(list))")
    }

    private struct FoldsAnswer: Encodable {
        let meanAccuracy, deviation: Double
        let report: String?
        let folds: [FinetuneAnswer]
    }
}
