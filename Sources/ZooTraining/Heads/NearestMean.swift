import Glibc

/// The class whose mean is nearest: no training, just one pass over the features.
///
/// Written as the linear layer that it is: −‖x − μ‖² / 2σ² is x·μ/σ² − ‖μ‖² / 2σ² and what all classes share. σ² is the mean
/// variance of a feature within the classes, so the probabilities are those of round normal distributions of that width,
/// all classes as likely; they are nearer to 0 and 1 than they should be, since features depend on each other.
public struct NearestMean: HeadMethod {
    /// A method.
    public init() {}

    /// Takes the means.
    ///
    /// - Throws: ``TrainingError`` (`unusableData`) for a class without images.
    /// - Complexity: O(images · features).
    public func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64 = 0, onStep: (Double) throws -> Void = { _ in }
    ) throws -> LinearHead {
        let width = train.features.columnCount
        var counts = [Int](repeating: 0, count: classCount)
        var means = [Double](repeating: 0, count: classCount * width)
        for (row, label) in train.labels.enumerated() {
            counts[label] += 1
            for (column, value) in train.features.row(row).enumerated() {
                means[label * width + column] += Double(value)
            }
        }
        for (label, count) in counts.enumerated() {
            guard count > 0 else {
                throw TrainingError(.unusableData, "class \(label + 1) has no image that could be read, so no mean")
            }
            for column in 0..<width { means[label * width + column] /= Double(count) }
        }
        var squares = 0.0
        for (row, label) in train.labels.enumerated() {
            for (column, value) in train.features.row(row).enumerated() {
                let difference = Double(value) - means[label * width + column]
                squares += difference * difference
            }
        }
        let variance = squares / Double(max(train.count * width, 1))
        let scale = variance > 0 ? 1 / variance : 1
        let biases = (0..<classCount).map { label in
            -scale / 2 * means[label * width..<(label + 1) * width].reduce(0) { $0 + $1 * $1 }
        }
        return LinearHead(
            weight: Matrix(rowCount: classCount, columnCount: width, values: means.map { Float($0 * scale) }),
            bias: biases.map { Float($0) })
    }
}
