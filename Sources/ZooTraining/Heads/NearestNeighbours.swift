import Glibc
public import ZooTensor

/// How far features are from each other.
public enum FeatureDistance: String, Sendable, Hashable, CaseIterable {
    /// The length of the difference.
    case euclidean
    /// One less the cosine of the angle.
    case cosine
}

/// How much each of the nearest neighbours counts.
public enum NeighbourWeights: String, Sendable, Hashable, CaseIterable {
    /// All the same.
    case uniform
    /// One over the distance; neighbours at no distance count alone.
    case distance
}

/// The vote of the k nearest training images: scikit-learn's `KNeighborsClassifier`.
public struct NearestNeighbours: HeadMethod {
    /// How many neighbours vote; all of fewer images.
    public var k: Int
    /// How far images are from each other.
    public var distance: FeatureDistance
    /// How much each neighbour counts.
    public var weights: NeighbourWeights

    /// A method.
    ///
    /// - Precondition: `k` is positive.
    public init(k: Int = 5, distance: FeatureDistance = .euclidean, weights: NeighbourWeights = .uniform) {
        precondition(k > 0, "k must be positive")
        self.k = k
        self.distance = distance
        self.weights = weights
    }

    /// Keeps the features.
    public func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64 = 0, onStep: (Double) throws -> Void = { _ in }
    ) throws -> NeighbourHead {
        NeighbourHead(method: self, known: train, classCount: classCount)
    }
}

/// A head that remembers every training image: ``NearestNeighbours`` after the training.
public struct NeighbourHead: FeatureHead {
    /// `knn`.
    public static let kind = "knn"
    /// Who votes, and how.
    public let method: NearestNeighbours
    /// The training images.
    public let known: FeatureSet
    /// How many classes there are.
    public let classCount: Int
    /// Half the squared length of each known row, or of its direction for cosines.
    private let halfSquares: [Double]
    /// The known rows as they are compared.
    private let points: ExactMatrix

    init(method: NearestNeighbours, known: FeatureSet, classCount: Int) {
        self.method = method
        self.known = known
        self.classCount = classCount
        points = Self.points(known.features, 0..<known.count, method.distance)
        let (values, width) = (points.values, points.columnCount)
        halfSquares = (0..<known.count).map { row in
            (row * width..<(row + 1) * width).reduce(0) { $0 + values[$1] * values[$1] } / 2
        }
    }

    /// How many numbers the features of an image are.
    public var featureCount: Int { known.features.columnCount }

    /// `features`, `N×F`, and `labels`, `N`.
    public var tensors: [(name: String, tensor: Tensor)] {
        [
            ("features", Tensor(known.features.values, shape: [known.count, featureCount])),
            ("labels", Tensor(known.labels.map(Int64.init), shape: [known.count])),
        ]
    }

    /// `k`, `distance`, `weights` and `classes`.
    public var settings: [String: String] {
        [
            "k": "\(method.k)", "distance": method.distance.rawValue, "weights": method.weights.rawValue,
            "classes": "\(classCount)",
        ]
    }

    /// The head that a file keeps.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for other tensors, labels without a class, and settings that make no
    ///   sense.
    public init(tensors: [String: Tensor], settings: [String: String]) throws {
        let parts = HeadParts(kind: Self.kind, tensors: tensors, settings: settings)
        let features = try parts.matrix("features")
        let classes = try parts.setting("classes") { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        guard let labels = tensors["labels"], labels.shape == [features.rowCount], labels.dtype == .int64,
            let numbers = try? labels.float32Values(), numbers.allSatisfy({ (0..<Float(classes)).contains($0) })
        else { throw parts.unfit("'labels' are not a class for each row of 'features'") }
        let method = NearestNeighbours(
            k: try parts.setting("k") { Int($0).flatMap { $0 > 0 ? $0 : nil } },
            distance: try parts.setting("distance") { FeatureDistance(rawValue: $0) },
            weights: try parts.setting("weights") { NeighbourWeights(rawValue: $0) })
        self.init(
            method: method, known: FeatureSet(features: features, labels: numbers.map { Int($0) }), classCount: classes)
    }

    /// The logarithms of the shares of the votes, with one vote more that all classes share, so that none is −∞.
    ///
    /// - Complexity: O(N · known · features).
    public func logits(of features: Matrix) -> Matrix {
        var result = Matrix(zeros: features.rowCount, classCount)
        for first in stride(from: 0, to: features.rowCount, by: 256) {
            let rows = first..<min(first + 256, features.rowCount)
            let queries = Self.points(features, rows, method.distance)
            let products = ExactMatrix.product(queries, .asIs, points, .transposed)
            for row in rows {
                let votes = votes(queries, products, row - first)
                let sum = votes.reduce(0, +) + 1
                for (label, count) in votes.enumerated() {
                    result.values[row * classCount + label] = Float(log((count + 1 / Double(classCount)) / sum))
                }
            }
        }
        return result
    }

    /// The votes for each class: k in all, or as many as there are images.
    private func votes(_ queries: ExactMatrix, _ products: ExactMatrix, _ row: Int) -> [Double] {
        let nearest = nearest(products, row)
        var weights = nearest.map { _ in 1.0 }
        if method.weights == .distance {
            let distances = nearest.map { distance(queries, row, $0) }
            weights =
                distances.contains(0) ? distances.map { $0 == 0 ? 1 : 0 } : distances.map { 1 / $0 }
        }
        var votes = [Double](repeating: 0, count: classCount)
        let scale = Double(nearest.count) / max(weights.reduce(0, +), .leastNormalMagnitude)
        for (index, weight) in zip(nearest, weights) { votes[known.labels[index]] += weight * scale }
        return votes
    }

    /// The nearest known rows, nearest first; of equal ones the earlier.
    private func nearest(_ products: ExactMatrix, _ row: Int) -> [Int] {
        let count = min(method.k, known.count)
        let start = row * known.count
        var best: [(score: Double, index: Int)] = []
        best.reserveCapacity(count + 1)
        for index in 0..<known.count {
            let score = halfSquares[index] - products.values[start + index]
            if best.count == count, let last = best.last, score >= last.score { continue }
            let place = best.firstIndex { score < $0.score } ?? best.count
            best.insert((score, index), at: place)
            if best.count > count { best.removeLast() }
        }
        return best.map(\.index)
    }

    /// Exact where the difference of products would leave little but rounding.
    private func distance(_ queries: ExactMatrix, _ row: Int, _ index: Int) -> Double {
        let width = featureCount
        var squares = 0.0
        for column in 0..<width {
            let difference = queries.values[row * width + column] - points.values[index * width + column]
            squares += difference * difference
        }
        return method.distance == .cosine ? squares / 2 : squares.squareRoot()
    }

    /// Rows in float64, of length 1 for cosines; a row of zeros stays one.
    private static func points(_ features: Matrix, _ rows: Range<Int>, _ distance: FeatureDistance) -> ExactMatrix {
        let width = features.columnCount
        var points = ExactMatrix(features, rows: rows, minus: Array(repeating: 0, count: width))
        guard distance == .cosine else { return points }
        for start in stride(from: 0, to: points.values.count, by: max(width, 1)) {
            let length = (start..<start + width).reduce(0) { $0 + points.values[$1] * points.values[$1] }.squareRoot()
            guard length > 0 else { continue }
            for index in start..<start + width { points.values[index] /= length }
        }
        return points
    }
}
