import ZooTensor

/// How unlike each other the predictions and projections of two views of the same images are.
///
/// L = −½·cos(p₁, z₂) − ½·cos(p₂, z₁), the mean over the images; z counts as constant. Source: Chen and He, *Exploring Simple
/// Siamese Representation Learning* (2021), equations 1 to 4. The gradient of the loss by p is
/// −½·(ẑ − cos·p̂) / |p| / N, with p̂ and ẑ of length 1.
struct SiameseLoss {
    /// The mean loss, between −1 and 1.
    let mean: Double
    /// The derivatives by what the network gives for the first views and for the second, `N×2D` each.
    let gradients: (Matrix, Matrix)

    /// Two networks' results for two views, `N×2D` each: the projection z, then the prediction p.
    ///
    /// - Precondition: both have the same shape, with an even number of columns.
    /// - Complexity: O(N · D).
    init(_ first: Matrix, _ second: Matrix) {
        precondition(first.rowCount == second.rowCount && first.columnCount == second.columnCount, "two views of each")
        var sum = 0.0
        var slopes = (
            Matrix(zeros: first.rowCount, first.columnCount), Matrix(zeros: first.rowCount, first.columnCount)
        )
        let share = 0.5 / Double(max(first.rowCount, 1))
        for row in 0..<first.rowCount {
            sum += Self.add(first, second, row, share, &slopes.0) + Self.add(second, first, row, share, &slopes.1)
        }
        mean = -sum * share
        gradients = slopes
    }

    /// The cosine between the prediction of a view and the projection of the other; its slope is written into `gradient`.
    private static func add(
        _ predicted: Matrix, _ other: Matrix, _ row: Int, _ share: Double, _ gradient: inout Matrix
    ) -> Double {
        let width = predicted.columnCount / 2
        let (p, z) = (predicted.row(row).suffix(width), other.row(row).prefix(width))
        let cosine = Cosine(p, z)
        let start = row * predicted.columnCount + width
        for (index, (p, z)) in zip(p, z).enumerated() {
            let direction = Double(z) / cosine.lengths.1 - cosine.value * Double(p) / cosine.lengths.0
            gradient.values[start + index] = Float(-share * direction / cosine.lengths.0)
        }
        return cosine.value
    }

    /// For groups of images, how alike the prediction of each first view is to the projection of every second view of its
    /// group: the cosines, a row for an image, and which column is its own.
    ///
    /// - Parameter groupSize: how many images a group has; those that fill none are left out.
    static func likenesses(
        _ first: Matrix, _ second: Matrix, groupSize: Int
    ) -> (cosines: Matrix, own: [Int]) {
        let width = first.columnCount / 2
        let count = first.rowCount / max(groupSize, 1) * groupSize
        var values: [Float] = []
        values.reserveCapacity(count * groupSize)
        for row in 0..<count {
            let start = row / groupSize * groupSize
            for other in start..<start + groupSize {
                values.append(Float(Cosine(first.row(row).suffix(width), second.row(other).prefix(width)).value))
            }
        }
        return (
            Matrix(rowCount: count, columnCount: groupSize, values: values), (0..<count).map { $0 % groupSize }
        )
    }
}

/// The cosine of the angle between two vectors, with lengths of at least 1e-8 as `torch.nn.functional.cosine_similarity`.
private struct Cosine {
    let value: Double
    let lengths: (Double, Double)

    init(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) {
        let squares = (a.span.dot(a.span), b.span.dot(b.span))
        lengths = (max(squares.0.squareRoot(), 1e-8), max(squares.1.squareRoot(), 1e-8))
        value = a.span.dot(b.span) / (lengths.0 * lengths.1)
    }
}
