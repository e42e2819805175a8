/// How well a network does on labelled images.
public struct Evaluation: Sendable {
    /// The mean cross-entropy over all outputs of the network.
    public let loss: Double
    /// Which classes were taken for which.
    public let confusion: ConfusionMatrix

    /// Judges logits as PyTorch's usual loop does: over all outputs of the network.
    ///
    /// - Parameters:
    ///   - logits: `N × outputs`.
    ///   - labels: the right class of each row, as a number among the classes of the data.
    ///   - outputs: for each class of the data, the output that stands for it; see ``outputs(for:of:)``.
    /// - Complexity: O(N · outputs).
    public init(logits: Matrix, labels: [Int], outputs: [Int]) {
        let result = CrossEntropy.evaluate(logits: logits, labels: labels.map { outputs[$0] })
        loss = labels.isEmpty ? 0 : result.lossSum / Double(labels.count)
        let classOfOutput = Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ($1, $0) })
        var confusion = ConfusionMatrix(
            classCount: outputs.count, countsOthers: logits.columnCount > outputs.count)
        for (row, label) in labels.enumerated() {
            let values = logits.row(row)
            let best = values.indices.reduce(values.startIndex) { values[$1] > values[$0] ? $1 : $0 }
            confusion.add(label: label, prediction: classOfOutput[best - values.startIndex])
        }
        self.confusion = confusion
    }

    /// Finds the output of the classifier for each class of the data, by name.
    ///
    /// Where its class names are unknown, the classes of the data are taken in their (alphabetical) order,
    /// provided there are as many; this is what `torchvision.datasets.ImageFolder` does.
    ///
    /// - Throws: ``TrainingError`` (`classMismatch`) naming what does not fit; also for a classifier of several tasks, see
    ///   ``TaskEvaluation``.
    public static func outputs(
        for dataClasses: [String], of classifier: any Classifier
    ) throws(TrainingError) -> [Int] {
        try classifier.requireOneQuestion()
        guard let known = classifier.classes else {
            guard classifier.outputCount == dataClasses.count else {
                throw TrainingError(
                    .classMismatch,
                    "the data have \(dataClasses.count) classes, the network \(classifier.outputCount) outputs "
                        + "whose names are unknown; fine-tune it on these data first ('zoo finetune')")
            }
            return Array(dataClasses.indices)
        }
        let positions = Dictionary(known.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let strangers = dataClasses.filter { positions[$0] == nil }
        guard strangers.isEmpty else {
            let shown = strangers.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            throw TrainingError(
                .classMismatch,
                "the network does not know the data's class\(strangers.count == 1 ? "" : "es") \(shown)"
                    + "\(strangers.count > 3 ? " and \(strangers.count - 3) more" : ""); it knows "
                    + "\(known.prefix(3).map { "'\($0)'" }.joined(separator: ", "))"
                    + "\(known.count > 3 ? " and \(known.count - 3) more" : ""). "
                    + "Fine-tune it on these data first ('zoo finetune')")
        }
        return dataClasses.compactMap { positions[$0] }
    }
}
