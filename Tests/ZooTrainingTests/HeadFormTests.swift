import Testing
import ZooCore
import ZooTensor

@testable import ZooTraining

/// Heads without bias (MaxViT), and convolutions with a ReLU and a mean behind them (SqueezeNet).
@Suite struct HeadFormTests {
    static func values(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in 2 * generator.uniform() - 1 }
    }

    /// Two images of three pixels of two channels; numbers by hand.
    @Test func logitsAreMeansOfWhatIsPositive() {
        let head = LinearHead(
            weight: Matrix(rowCount: 2, columnCount: 2, values: [1, 0, 0, -1]), bias: [0, 1], pixelCount: 3)
        let features = Matrix(rowCount: 2, columnCount: 6, values: [1, 0, -5, 3, 2, 4, -1, -1, -1, -1, -1, 0.5])
        // First class: 1, 0, 2 and 0, 0, 0. Second: 1, 0, 0 and 2, 2, 0.5.
        #expect(head.logits(of: features).values == [1, 1.0 / 3, 0, 1.5])
    }

    @Test("slopes are those of the loss", arguments: [nil, 5] as [Int?], [true, false])
    func slopes(pixelCount: Int?, hasBias: Bool) {
        let (channels, classes, count) = (4, 3, 6)
        let features = Matrix(
            rowCount: count, columnCount: channels * (pixelCount ?? 1),
            values: Self.values(count * channels * (pixelCount ?? 1), seed: 1))
        let labels = [0, 1, 2, 2, 1, 0]
        var head = LinearHead(
            weight: Matrix(rowCount: classes, columnCount: channels, values: Self.values(12, seed: 2)),
            bias: hasBias ? [0.3, -0.1, 0.2] : [], pixelCount: pixelCount)
        let responses = head.responses(to: features)
        let result = CrossEntropy.evaluate(logits: head.average(responses), labels: labels)
        let slopes = head.slopes(result.gradient, responses: responses, features: features)
        #expect(slopes.bias.count == (hasBias ? classes : 0))

        let step: Float = 1e-3
        func loss() -> Double {
            CrossEntropy.evaluate(logits: head.logits(of: features), labels: labels).lossSum / Double(count)
        }
        func difference(_ change: (Float) -> Void) -> Double {
            change(step)
            let above = loss()
            change(-2 * step)
            let below = loss()
            change(step)
            return (above - below) / Double(2 * step)
        }
        for index in head.weight.values.indices {
            let numeric = difference { head.weight.values[index] += $0 }
            #expect(abs(numeric - Double(slopes.weight.values[index])) < 2e-3, "weight \(index)")
        }
        for index in head.bias.indices {
            let numeric = difference { head.bias[index] += $0 }
            #expect(abs(numeric - Double(slopes.bias[index])) < 2e-3, "bias \(index)")
        }
    }

    @Test func tensorsHaveTheLayersShapes() {
        var generator = SeededGenerator(seed: 1)
        let linear = LinearHead(featureCount: 4, classCount: 3, hasBias: false, generator: &generator)
        #expect(linear.tensors(prefix: "h").map(\.name) == ["h.weight"])
        let convolution = LinearHead(featureCount: 4, classCount: 3, pixelCount: 9, generator: &generator)
        #expect(convolution.tensors(prefix: "h").map(\.tensor.shape) == [[3, 4, 1, 1], [3]])
    }

    @Test("heads of every form learn what can be separated", arguments: [nil, 4] as [Int?], [true, false])
    func training(pixelCount: Int?, hasBias: Bool) throws {
        func clouds(_ count: Int, seed: UInt64) -> FeatureSet {
            let labels = (0..<count).map { $0 % 2 }
            let noise = Self.values(count * 3 * (pixelCount ?? 1), seed: seed)
            let perImage = noise.count / count
            let values = noise.indices.map { noise[$0] * 0.5 + (labels[$0 / perImage] == 0 ? -1 : 1) }
            return FeatureSet(
                features: Matrix(rowCount: count, columnCount: perImage, values: values), labels: labels)
        }
        let (head, outcome) = try trainHead(
            HeadLearnerTests.settings(epochs: 8, seed: 0), on: [clouds(64, seed: 1)], validation: clouds(20, seed: 2),
            hasBias: hasBias, pixelCount: pixelCount)
        #expect(outcome.bestAccuracy == 1)
        #expect(head.bias.isEmpty != hasBias)
    }

    @Test func pixelsComeOneAfterAnother() {
        let images = Matrix(rowCount: 2, columnCount: 6, values: (0..<12).map { Float($0) })
        #expect(images.pixelByPixel(channels: 2).values == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
    }
}
