/// What the batches of an epoch gave together.
struct EpochTally {
    private var logits: [Float] = []
    private var labels: [Int] = []
    private var lossSum = 0.0
    private var weight = 0.0
    private let classCount: Int

    init(classCount: Int) {
        self.classCount = classCount
    }

    /// The number of images.
    var count: Int { labels.count }

    mutating func add(_ rows: Matrix, _ targets: Targets, _ result: LossResult) {
        logits += rows.values
        labels += targets.likeliestClasses
        lossSum += result.lossSum
        weight += result.weight
    }

    /// The epoch, judged by what was made small.
    func judged(by objective: Objective) -> JudgedLogits {
        objective.judgeTraining(
            Matrix(rowCount: labels.count, columnCount: classCount, values: logits), labels,
            loss: weight > 0 ? lossSum / weight : 0)
    }
}

extension Targets {
    /// The right class of each row, or that of the largest share.
    var likeliestClasses: [Int] {
        switch self {
        case .classes(let labels): labels
        case .shares(let matrix):
            (0..<matrix.rowCount).map { row in
                let shares = matrix.row(row)
                let best = shares.indices.reduce(shares.startIndex) { shares[$1] > shares[$0] ? $1 : $0 }
                return best - shares.startIndex
            }
        }
    }
}
