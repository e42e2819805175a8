import Glibc
public import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooTensor

/// What parts of an image a network's answer hangs on: a window is covered at one place after another, and the answer
/// compared (Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014).
///
/// The answer is the log-odds of a class, `log(p / (1 − p))`: a probability near 1 hardly moves where the evidence does.
/// Each pixel's number is the mean fall of the log-odds over the windows that cover it; below 0, covering helps.
///
/// It asks nothing of the network but its answers, and costs a run for each place of the window.
public final class Occlusion {
    /// How an image is covered.
    public struct Window: Sendable, Hashable {
        /// The side of the window, in pixels of the image that the network sees.
        public var side: Int
        /// How far the window is moved.
        public var stride: Int
        /// The colour that covers, red, green and blue from 0 to 1; the mean colour of the network's images if `nil`.
        public var colour: [Float]?

        /// A window.
        ///
        /// - Precondition: both lengths are positive; a colour has three parts.
        public init(side: Int, stride: Int, colour: [Float]? = nil) {
            precondition(side > 0 && stride > 0 && colour?.count ?? 3 == 3, "a window has a side and moves")
            (self.side, self.stride, self.colour) = (side, stride, colour)
        }

        /// A quarter of the image's shorter edge that moves by a quarter of itself.
        public static func usual(for size: ImageSize) -> Window {
            let side = max(1, min(size.height, size.width) / 4)
            return Window(side: side, stride: max(1, side / 4))
        }
    }

    /// What is known about one image.
    public struct Explanation: Sendable {
        /// The network's outputs for the whole image.
        public let logits: [Float]
        /// The output that is explained.
        public let output: Int
        /// The mean fall of the output's log-odds where a pixel is covered; a cell a pixel.
        public let map: ImportanceMap
        /// The lowest probability of the output with a window covered.
        public let lowestProbability: Float
    }

    /// The size of the images.
    public let imageSize: ImageSize
    /// How they are covered.
    public let window: Window
    /// The colour that covers, normalised.
    private let cover: [Float]
    private let plan: InferencePlan
    private let tops: [Int]
    private let lefts: [Int]

    /// How many times the network is run for an image.
    public var placeCount: Int { tops.count * lefts.count }

    /// Makes a network ready for images of one size.
    ///
    /// - Parameters:
    ///   - parameters: as for ``ZooEngine/InferencePlan``.
    ///   - normalise: turns a channel's number and a part of a colour into what the network sees.
    /// - Throws: ``ZooEngine/EngineError``; ``TrainingError`` (`invalidSetting`) for a window larger than the image.
    public init(
        graph: Graph, parameters: [String: Tensor], imageSize: ImageSize, window: Window, batchSize: Int = 32,
        options: EngineOptions = EngineOptions(), normalise: (_ channel: Int, _ value: Float) -> Float
    ) throws {
        guard window.side <= min(imageSize.height, imageSize.width) else {
            throw TrainingError(
                .invalidSetting,
                "a window of \(window.side) pixels does not fit into an image of \(imageSize); take a smaller --window")
        }
        self.imageSize = imageSize
        self.window = window
        cover = (0..<3).map { channel in window.colour.map { normalise(channel, $0[channel]) } ?? 0 }
        tops = Self.places(imageSize.height, window)
        lefts = Self.places(imageSize.width, window)
        plan = try InferencePlan(
            graph: graph, parameters: parameters, batchSize: min(batchSize, tops.count * lefts.count),
            height: imageSize.height, width: imageSize.width, options: options)
    }

    /// Where windows begin along an edge; the last one ends with it.
    private static func places(_ length: Int, _ window: Window) -> [Int] {
        let last = length - window.side
        let places = Array(stride(from: 0, through: last, by: window.stride))
        return places.last == last ? places : places + [last]
    }

    /// Explains what the network says of an image.
    ///
    /// - Parameters:
    ///   - pixels: `3×H×W`, normalised.
    ///   - output: the output to explain; the largest for the whole image if `nil`.
    ///   - onProgress: called with the number of places that are done; what it throws ends the work.
    /// - Throws: ``ZooEngine/EngineError``, and what `onProgress` throws.
    /// - Precondition: there is such an output.
    public func explain(
        _ pixels: [Float], output: Int? = nil, onProgress: (Int) throws -> Void = { _ in }
    ) throws -> Explanation {
        let logits = try plan.run(pixels.span, count: 1)
        let output = output ?? logits.indices.max { logits[$0] < logits[$1] } ?? 0
        precondition(logits.indices.contains(output), "output \(output) of \(logits.count)")
        let whole = Self.logOdds(logits[...], output)
        var sums = [Double](repeating: 0, count: imageSize.height * imageSize.width)
        var counts = sums
        var lowest = whole
        let places = tops.flatMap { top in lefts.map { (top, $0) } }
        for start in stride(from: 0, to: places.count, by: plan.batchSize) {
            let part = places[start..<min(start + plan.batchSize, places.count)]
            let batch = part.flatMap { covered(pixels, $0.0, $0.1) }
            let answers = try plan.run(batch.span, count: part.count)
            for (row, place) in part.enumerated() {
                let odds = Self.logOdds(answers[row * logits.count..<(row + 1) * logits.count], output)
                lowest = min(lowest, odds)
                for index in pixelIndices(place.0, place.1) {
                    sums[index] += whole - odds
                    counts[index] += 1
                }
            }
            try onProgress(start + part.count)
        }
        // Where strides are longer than windows, some pixels are never covered.
        let means = zip(sums, counts).map { Float($1 > 0 ? $0 / $1 : 0) }
        return Explanation(
            logits: logits, output: output, map: ImportanceMap(size: imageSize, values: means),
            lowestProbability: Float(1 / (1 + exp(-lowest))))
    }

    private func pixelIndices(_ top: Int, _ left: Int) -> [Int] {
        (top..<top + window.side).flatMap { row in
            (left..<left + window.side).map { row * imageSize.width + $0 }
        }
    }

    private func covered(_ pixels: [Float], _ top: Int, _ left: Int) -> [Float] {
        var result = pixels
        let plane = imageSize.height * imageSize.width
        for index in pixelIndices(top, left) {
            for channel in 0..<3 { result[channel * plane + index] = cover[channel] }
        }
        return result
    }

    /// `log(p / (1 − p))` of a class's probability: its logit without the logarithm of the sum of the others' exponentials.
    static func logOdds(_ logits: ArraySlice<Float>, _ output: Int) -> Double {
        let others = logits.indices.filter { $0 - logits.startIndex != output }.map { Double(logits[$0]) }
        let own = Double(logits[logits.startIndex + output])
        guard let largest = others.max() else { return own }
        return own - largest - log(others.reduce(0) { $0 + exp($1 - largest) })
    }
}
