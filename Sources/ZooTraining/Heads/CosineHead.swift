public import ZooTensor

/// A linear layer of directions: `logits = scale · cos(features, weight)`, without bias.
///
/// In PyTorch `scale * F.linear(F.normalize(x), F.normalize(weight))`. How strong an image's features are does not count,
/// nor how many images a class has. Source: Gidaris and Komodakis, *Dynamic few-shot visual learning without forgetting*
/// (2018), with a scale that is given.
public struct CosineHead: FeatureHead, Hashable {
    /// `cosine`.
    public static let kind = "cosine"
    /// `classes × features`; the lengths of the rows do not count.
    public var weight: Matrix
    /// What cosines are multiplied by.
    public let scale: Float

    /// A head of directions.
    ///
    /// - Precondition: `scale` is positive.
    public init(weight: Matrix, scale: Float) {
        precondition(scale > 0 && scale.isFinite, "the scale must be positive")
        self.weight = weight
        self.scale = scale
    }

    /// How many numbers the features of an image are.
    public var featureCount: Int { weight.columnCount }
    /// How many classes it tells apart.
    public var classCount: Int { weight.rowCount }

    /// `weight`, `classes × features`.
    public var tensors: [(name: String, tensor: Tensor)] {
        [("weight", Tensor(weight.values, shape: [classCount, featureCount]))]
    }

    /// `scale`.
    public var settings: [String: String] { ["scale": "\(scale)"] }

    /// The head that a file keeps.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for other tensors, and a scale that makes no sense.
    public init(tensors: [String: Tensor], settings: [String: String]) throws {
        let parts = HeadParts(kind: Self.kind, tensors: tensors, settings: settings)
        self.init(
            weight: try parts.matrix("weight"),
            scale: try parts.setting("scale") { Float($0).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } })
    }

    /// The logits of each row.
    ///
    /// - Complexity: O(N · features · classes).
    public func logits(of features: Matrix) -> Matrix { pass(features, dropping: { _ in }).logits }
}

extension CosineHead: DifferentiableHead {
    func pass(_ features: Matrix, dropping drop: (inout Matrix) -> Void) -> HeadPass {
        var (directions, weight) = (features, weight)
        directions.normaliseRows()
        drop(&directions)
        weight.normaliseRows()
        let logits = Matrix.product(directions, .asIs, weight, .transposed).scaled(by: scale)
        return HeadPass(logits: logits, memory: [directions, weight])
    }

    func slopes(_ gradient: Matrix, _ pass: HeadPass) -> [[Float]] {
        var slopes = Matrix.product(gradient.scaled(by: scale), .transposed, pass.memory[0], .asIs)
        let units = pass.memory[1]
        for row in 0..<classCount {
            // What points along the weight changes its length alone.
            let length = Float(Array(weight.row(row)).span.dot(Array(weight.row(row)).span).squareRoot())
            let along = Float(Array(units.row(row)).span.dot(Array(slopes.row(row)).span))
            for index in row * featureCount..<(row + 1) * featureCount {
                slopes.values[index] = length > 0 ? (slopes.values[index] - along * units.values[index]) / length : 0
            }
        }
        return [slopes.values]
    }

    mutating func visitParameters(_ visit: (String, inout [Float]) throws -> Void) rethrows {
        try visit("weight", &weight.values)
    }

    func tensors(prefix: String) -> [(name: String, tensor: Tensor)] {
        tensors.map { ("\(prefix).\($0.name)", $0.tensor) }
    }
}

extension Matrix {
    /// Makes every row one of length 1, as `torch.nn.functional.normalize`; a row of zeros stays one.
    ///
    /// - Complexity: O(elements).
    mutating func normaliseRows() {
        for start in stride(from: 0, to: values.count, by: max(columnCount, 1)) {
            var squares = 0.0
            for index in start..<start + columnCount { squares += Double(values[index]) * Double(values[index]) }
            let length = Float(squares.squareRoot())
            guard length > 0 else { continue }
            for index in start..<start + columnCount { values[index] /= length }
        }
    }
}
