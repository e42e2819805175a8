import ZooCore

/// What a linear classifier says of images that it did not learn from.
public enum OutOfFoldProbabilities {
    /// Probabilities for every row, each from a classifier that learnt from the other folds: multinomial logistic regression
    /// on standardised features, solved by L-BFGS, with scikit-learn's default penalty (`C=1`).
    ///
    /// - Parameters:
    ///   - features: a row an image.
    ///   - labels: the class of each row.
    ///   - foldCount: how many parts; every class's images are spread evenly over them.
    ///   - onProgress: called with the number of folds that are done; what it throws ends the work.
    /// - Returns: `N × classes`.
    /// - Throws: ``TrainingError`` (`unusableData`) if a fold would have nothing to learn from, (`diverged`) for features that
    ///   are no numbers; what `onProgress` throws.
    /// - Precondition: there is a label for each row, and there are two folds at least.
    /// - Complexity: O(folds · iterations · N · features · classes).
    public static func compute(
        features: Matrix, labels: [Int], classCount: Int, foldCount: Int, seed: UInt64,
        onProgress: (Int) throws -> Void = { _ in }
    ) throws -> Matrix {
        precondition(features.rowCount == labels.count && foldCount > 1, "a label for each row, and two folds")
        guard labels.count >= foldCount, Set(labels).count > 1 else {
            throw TrainingError(
                .unusableData,
                "\(labels.count) images of \(Set(labels).count) classes are too few for \(foldCount) folds")
        }
        let folds = StratifiedFolds.assign(labels, classCount: classCount, count: foldCount, seed: seed)
        var result = Matrix(zeros: labels.count, classCount)
        for number in 0..<foldCount {
            let train = labels.indices.filter { folds[$0] != number }
            let held = labels.indices.filter { folds[$0] == number }
            let head = try head(features.gathering(train), train.map { labels[$0] }, classCount)
            let logits = head.logits(of: features.gathering(held))
            for (row, index) in held.enumerated() {
                let probabilities = CrossEntropy.probabilities(logits.row(row))
                for column in 0..<classCount { result.values[index * classCount + column] = probabilities[column] }
            }
            try onProgress(number + 1)
        }
        return result
    }

    /// A head on raw features that was solved on standardised ones.
    private static func head(_ features: Matrix, _ labels: [Int], _ classCount: Int) throws -> LinearHead {
        let (means, scales) = features.columnStatistics
        var scaled = features
        for row in 0..<features.rowCount {
            for column in 0..<features.columnCount {
                let index = row * features.columnCount + column
                scaled.values[index] = (features.values[index] - means[column]) * scales[column]
            }
        }
        var generator = SeededGenerator(seed: 0)
        let start = LinearHead(
            featureCount: features.columnCount, classCount: classCount, hasBias: true, pixelCount: nil,
            initialisation: .zero, generator: &generator)
        var settings = TrainingSettings()
        settings.usesLBFGS = true
        settings.epochs = 200
        settings.rule = .sgd(SGD.Options(learningRate: 0, momentum: 0, weightDecay: 1 / Float(labels.count)))
        let set = FeatureSet(features: scaled, labels: labels)
        let minimiser = HeadMinimiser(start, prefix: "head", copies: [set], validation: set, settings: settings)
        _ = try minimiser.trainEpoch(1) { _ in }
        var head = minimiser.learntHead
        for label in 0..<classCount {
            for column in 0..<features.columnCount {
                let index = label * features.columnCount + column
                head.weight.values[index] *= scales[column]
                head.bias[label] -= head.weight.values[index] * means[column]
            }
        }
        return head
    }
}

extension Matrix {
    /// Some of the rows.
    fileprivate func gathering(_ rows: [Int]) -> Matrix {
        Matrix(rowCount: rows.count, columnCount: columnCount, values: rows.flatMap { row($0) })
    }

    /// The mean of each column, and one over its deviation; 0 where all numbers are the same.
    fileprivate var columnStatistics: (means: [Float], scales: [Float]) {
        var sums = [Double](repeating: 0, count: columnCount)
        var squares = sums
        for row in 0..<rowCount {
            for column in 0..<columnCount { sums[column] += Double(values[row * columnCount + column]) }
        }
        let means = sums.map { $0 / Double(max(rowCount, 1)) }
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let difference = Double(values[row * columnCount + column]) - means[column]
                squares[column] += difference * difference
            }
        }
        let scales = squares.map { square -> Float in
            let deviation = (square / Double(max(rowCount, 1))).squareRoot()
            return deviation > 1e-12 ? Float(1 / deviation) : 0
        }
        return (means.map { Float($0) }, scales)
    }
}
