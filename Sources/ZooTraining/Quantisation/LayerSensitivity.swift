import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

/// How much a network's answers change when one layer computes with integers and all others with float32.
public struct LayerSensitivity: Sendable, Hashable {
    /// The layer's name.
    public let layer: String
    /// The mean square of the logits' changes, relative to the mean square of the logits.
    public let error: Double
}

/// Finds the layers that have to stay float32.
///
/// Source of the idea: the sensitivity analyses of Krishnamoorthi, *Quantizing deep convolutional networks* (2018), and of
/// the accuracy-driven modes of OpenVINO and Intel's Neural Compressor.
struct SensitivityAnalysis {
    /// The network in float32.
    let network: PretrainedNetwork
    let calibration: Int8Calibration
    let running: NetworkRunner.Options
    /// How many images show what a layer does.
    static let imageCount = 64

    /// What each layer of the calibration does by itself, the worst first.
    ///
    /// - Complexity: a pass over at most ``imageCount`` images for each layer.
    func sensitivities(
        _ samples: [ImageSample], onProgress: (_ done: Int, _ total: Int) throws -> Void
    ) throws -> [LayerSensitivity] {
        let few = Quantiser.calibrationSamples(samples, count: Self.imageCount)
        let exact = try logits(of: few, layers: [])
        let strength = exact.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        let layers = network.graph.nodes.map(\.name).filter(calibration.layers.contains)
        var found: [LayerSensitivity] = []
        for (index, layer) in layers.enumerated() {
            let rounded = try logits(of: few, layers: [layer])
            let error = zip(exact.values, rounded.values).reduce(0.0) { sum, pair in
                sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
            }
            found.append(LayerSensitivity(layer: layer, error: strength > 0 ? error / strength : 0))
            try onProgress(index + 1, layers.count)
        }
        return found.sorted { $0.error > $1.error }
    }

    /// As few of the worst layers as have to stay float32 so that the network gives its answer for the share `agreement`
    /// of the samples; their number is doubled until it does.
    ///
    /// - Complexity: O(log layers) passes over the samples.
    func kept(
        _ sensitivities: [LayerSensitivity], _ samples: [ImageSample], agreement: Double,
        onProgress: () throws -> Void
    ) throws -> [String] {
        let answers = network.answers(try logits(of: samples, layers: []))
        var count = 0
        while count < sensitivities.count {
            let kept = sensitivities.prefix(count).map(\.layer)
            let others = network.answers(
                try logits(of: samples, layers: calibration.layers.subtracting(kept)))
            try onProgress()
            let same = zip(answers, others).count { $0 == $1 }
            if Double(same) >= agreement * Double(answers.count) { return kept }
            // Not all at once: one layer of integers may still be possible.
            count = count == sensitivities.count - 1 ? count + 1 : min(max(1, count * 2), sensitivities.count - 1)
        }
        return sensitivities.map(\.layer)
    }

    private func logits(of samples: [ImageSample], layers: Set<String>) throws -> Matrix {
        var (part, running) = (calibration, running)
        part.layers = layers
        running.integers = .always
        return try NetworkRunner(
            graph: network.graph, parameters: network.parameters, preprocessing: network.preprocessing,
            options: running, calibration: layers.isEmpty ? nil : part
        ).run(samples).rows
    }
}

extension PretrainedNetwork {
    /// What the network answers for each row of its logits: the number of a class, or of one for each of its tasks.
    ///
    /// - Complexity: O(N · outputs).
    public func answers(_ logits: Matrix) -> [[Int]] {
        let ranges = tasks?.outputRanges ?? [0..<logits.columnCount]
        let parts = ranges.map { logits.columns($0).largestColumns() }
        return (0..<logits.rowCount).map { row in parts.map { $0[row] } }
    }
}
