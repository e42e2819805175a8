internal import Glibc

/// How accuracy grows with the number of images to learn from: for each share of them, the accuracies of several trainings.
public struct LearningCurve: Sendable, Hashable, Codable {
    /// The trainings with one share of the images.
    public struct Point: Sendable, Hashable, Codable {
        /// The share of the images, from 0 to 1.
        public let share: Double
        /// How many images that is.
        public let imageCount: Int
        /// The best validation accuracy of each training.
        public let accuracies: [Double]
        /// How long all of them took.
        public let seconds: Double

        /// The trainings with one share.
        ///
        /// - Precondition: there is a training.
        public init(share: Double, imageCount: Int, accuracies: [Double], seconds: Double) {
            precondition(!accuracies.isEmpty, "a point has a training")
            self.share = share
            self.imageCount = imageCount
            self.accuracies = accuracies
            self.seconds = seconds
        }

        /// The mean accuracy.
        public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }

        /// The deviation of the accuracies, with N − 1; `nil` for a single one.
        public var deviation: Double? {
            guard accuracies.count > 1 else { return nil }
            let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (squares / Double(accuracies.count - 1)).squareRoot()
        }
    }

    /// An error that falls with the number of images like `factor · images^−exponent`.
    public struct PowerLaw: Sendable, Hashable, Codable {
        /// The error of a single image, were the law true there.
        public let factor: Double
        /// How fast it falls.
        public let exponent: Double

        /// The accuracy with so many images.
        public func accuracy(imageCount: Int) -> Double { 1 - factor * pow(Double(imageCount), -exponent) }

        /// The line through the logarithms of errors and numbers with the least squares; `nil` for fewer than three points, or
        /// where an error is 0.
        init?(_ points: ArraySlice<Point>) {
            let logarithms = points.map { (x: log(Double($0.imageCount)), y: log(1 - $0.mean)) }
            guard points.count > 2, logarithms.allSatisfy({ $0.y.isFinite }) else { return nil }
            let count = Double(points.count)
            let centre = (
                x: logarithms.reduce(0) { $0 + $1.x } / count, y: logarithms.reduce(0) { $0 + $1.y } / count
            )
            let products = logarithms.reduce(0) { $0 + ($1.x - centre.x) * ($1.y - centre.y) }
            let squares = logarithms.reduce(0) { $0 + ($1.x - centre.x) * ($1.x - centre.x) }
            guard squares > 0 else { return nil }
            exponent = -products / squares
            factor = exp(centre.y + exponent * centre.x)
        }
    }

    /// The points, from the fewest images to the most.
    public let points: [Point]

    /// A curve.
    public init(points: [Point]) {
        self.points = points.sorted { $0.imageCount < $1.imageCount }
    }

    /// What a power law through all points but the last says of the last one: whether it may be believed.
    public var lastPrediction: Double? {
        guard let last = points.last else { return nil }
        return PowerLaw(points.dropLast())?.accuracy(imageCount: last.imageCount)
    }

    /// The power law through all points, if it may be believed: without the last point it says its accuracy within two
    /// deviations, or one percentage point where that is more, and the error falls at all.
    public var powerLaw: PowerLaw? {
        guard points.count > 3, let last = points.last, let prediction = lastPrediction,
            abs(prediction - last.mean) <= max(0.01, 2 * (last.deviation ?? 0)), let law = PowerLaw(points[...]),
            law.exponent > 0
        else { return nil }
        return law
    }
}
