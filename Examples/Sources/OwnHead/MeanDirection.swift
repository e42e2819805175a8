import ZooTensor
import ZooTraining

/// A head of one's own, made in one go: each class is the direction of its mean, and an image is of the class whose direction is
/// nearest to its own.
struct MeanDirection: HeadMethod {
    /// What cosines are multiplied by, so that softmax of them says something.
    var sharpness: Float = 10

    func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64, onStep: (Double) throws -> Void
    ) throws -> MeanDirectionHead {
        let features = train.features
        var sums = Matrix(zeros: classCount, features.columnCount)
        for (row, label) in train.labels.enumerated() {
            for (column, value) in features.row(row).unitLength.enumerated() {
                sums.values[label * features.columnCount + column] += value
            }
        }
        return MeanDirectionHead(directions: sums, sharpness: sharpness)
    }
}

/// What ``MeanDirection`` makes.
struct MeanDirectionHead: FeatureHead {
    static let kind = "mean-direction"
    let directions: Matrix
    let sharpness: Float

    var featureCount: Int { directions.columnCount }
    var classCount: Int { directions.rowCount }

    /// What a file keeps, as `head.directions`, …
    var tensors: [(name: String, tensor: Tensor)] {
        [("directions", Tensor(directions.values, shape: [classCount, featureCount]))]
    }

    /// … and beside the tensors.
    var settings: [String: String] { ["sharpness": "\(sharpness)"] }

    init(directions: Matrix, sharpness: Float) {
        self.directions = directions
        self.sharpness = sharpness
    }

    /// Whatever a file says: nothing of it may end the program.
    init(tensors: [String: Tensor], settings: [String: String]) throws {
        guard let tensor = tensors["directions"], tensor.shape.rank == 2,
            let sharpness = settings["sharpness"].flatMap({ Float($0) }), sharpness.isFinite
        else { throw TrainingError(.unfitCheckpoint, "there are no directions, or no sharpness") }
        self.init(
            directions: Matrix(
                rowCount: tensor.shape[0], columnCount: tensor.shape[1], values: try tensor.float32Values()),
            sharpness: sharpness)
    }

    func logits(of features: Matrix) -> Matrix {
        Matrix.product(features.withUnitRows, .asIs, directions.withUnitRows, .transposed).times(sharpness)
    }
}

extension Matrix {
    fileprivate var withUnitRows: Matrix {
        Matrix(rowCount: rowCount, columnCount: columnCount, values: (0..<rowCount).flatMap { row($0).unitLength })
    }

    fileprivate func times(_ factor: Float) -> Matrix {
        Matrix(rowCount: rowCount, columnCount: columnCount, values: values.map { $0 * factor })
    }
}

extension ArraySlice<Float> {
    /// The same direction; nothing has none.
    fileprivate var unitLength: [Float] {
        let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
        return map { length > 0 ? $0 / length : 0 }
    }
}
