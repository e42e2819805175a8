import ZooReport

/// Whether probabilities are what they say.
struct CalibrationSection {
    let images: JudgedImages

    var section: Page.Section? {
        guard !images.predictions.isEmpty else { return nil }
        let bins = Self.bins(images.predictions)
        let total = Double(images.predictions.count)
        let error = bins.reduce(0) { $0 + abs(Double($1.hits) - $1.confidence * Double($1.count)) } / total
        let mean = images.predictions.reduce(0) { $0 + $1.confidence } / total
        let right = Double(images.predictions.count { $0.isRight }) / total
        return images.section("calibration", "Calibration") {
            HTML("p") {
                "On average the network gives its answer \(NumberText.percent(mean)), and \(NumberText.percent(right)) of its "
                "answers are right: it is \(Self.word(mean - right)). The expected calibration error, the mean distance of both "
                "over \(bins.count) ranges of confidence, is \(NumberText.percent(error)). Columns above the dashed line are too modest, "
                "those below too sure; pale ones are of few images."
            }
            HTML.charts([ReliabilityDiagram(bins: bins).html, confidences(bins)])
        }
    }

    private func confidences(_ bins: [ReliabilityDiagram.Bin]) -> HTML {
        Histogram(
            title: "Images", xTitle: "confidence", bounds: 0...1, counts: bins.map(\.count), note: "by confidence"
        ).html
    }

    private static func word(_ difference: Double) -> String {
        switch difference {
        case ..<(-0.03): "too modest"
        case 0.03...: "too sure of itself"
        default: "about as sure as it may be"
        }
    }

    /// Equal ranges, each without its lower bound and with its upper one, as ``ClassificationMetrics/calibrationError`` has
    /// them.
    static func bins(_ predictions: [ImagePrediction]) -> [ReliabilityDiagram.Bin] {
        let count = ClassificationMetrics.binCount
        var sums = [(count: Int, hits: Int, confidence: Double)](repeating: (0, 0, 0), count: count)
        for prediction in predictions {
            let confidence = min(max(prediction.confidence, 0), 1)
            let bin = max(0, min(Int((confidence * Double(count)).rounded(.up)) - 1, count - 1))
            sums[bin].count += 1
            sums[bin].hits += prediction.isRight ? 1 : 0
            sums[bin].confidence += confidence
        }
        return sums.map {
            ReliabilityDiagram.Bin(
                count: $0.count, hits: $0.hits, confidence: $0.count == 0 ? 0 : $0.confidence / Double($0.count))
        }
    }
}
