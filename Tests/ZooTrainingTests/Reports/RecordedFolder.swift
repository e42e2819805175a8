import Foundation
import SystemPackage
import TestSupport
import ZooImage
import ZooRegistry

@testable import ZooTraining

/// The folder of a run that never was, as a training would have left it.
struct RecordedFolder {
    let folder: ScratchFolder
    var classes: [String]
    var description: RunDescription
    var epochs: [EpochRecord] = []
    var predictions: [ImagePrediction] = []

    /// A run with logits that follow from a seed: the right class is often, not always, the largest.
    init(classes: [String], epochs count: Int = 3, imagesOfClass: Int = 4, isFinished: Bool = true) throws {
        folder = try ScratchFolder()
        self.classes = classes
        let labels = (0..<classes.count * imagesOfClass).map { $0 % classes.count }
        description = RunDescription(
            command: ["/usr/bin/zoo", "finetune", "my photos"], zoo: "0.1.0", architecture: "resnet18",
            source: "resnet18:IMAGENET1K_V1", weightsDigest: "ab", classes: classes, dataDigest: "cd",
            imageCounts: ["train": 2 * labels.count, "val": labels.count],
            settings: ["epochs": "\(count)", "seed": "7"])
        description.isFinished = isFinished
        if isFinished { description.ending = RunEnding(bestEpoch: count, reason: nil, seconds: 90) }
        var logits = Matrix(zeros: labels.count, classes.count)
        for epoch in stride(from: 1, through: count, by: 1) {
            let numbers = SeededNumbers.uniform("epoch \(epoch)", labels.count * classes.count)
            for (row, label) in labels.enumerated() {
                for column in 0..<classes.count {
                    let place = row * classes.count + column
                    logits.values[place] = Float(2 * numbers[place] - 1) + (column == label ? Float(epoch) * 0.6 : 0)
                }
            }
            let judged = JudgedLogits(logits: logits, labels: labels)
            let metrics = ClassificationMetrics(logits: logits, labels: labels)
            epochs.append(
                EpochRecord(
                    epoch: epoch, trainLoss: judged.loss * 0.9, trainAccuracy: judged.accuracy, valLoss: judged.loss,
                    valAccuracy: judged.accuracy, learningRates: ["head": 0.1, "body": 0.01], seconds: 10,
                    train: metrics,
                    val: metrics, trainConfusion: judged.confusion, valConfusion: judged.confusion))
        }
        let samples = labels.enumerated().map { row, label in
            ImageSample(path: FilePath("/photos/val/\(label)/\(row).jpg"), label: label)
        }
        let best = epochs.isEmpty ? 0 : RecordedRun.best(of: epochs)?.epoch
        predictions = ImagePrediction.all(logits, samples, epoch: best)
    }

    /// Writes the files, and reads them as the report does.
    func recorded() throws -> RecordedRun {
        try write()
        return try RecordedRun(folder.path)
    }

    func write() throws {
        try JSONEncoder().encode(description).write(to: url(RunFolder.descriptionName))
        try JSONLines.write(epochs, to: folder.file(RunFolder.metricsName))
        try JSONLines.write(predictions, to: folder.file(RunFolder.predictionsName))
    }

    func url(_ name: String) -> URL { URL(fileURLWithPath: folder.file(name).string) }
}

enum RunDetailsSample {
    static let preprocessing = Preprocessing.imageNet
}
