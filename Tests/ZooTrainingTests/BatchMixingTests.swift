import TestSupport
import Testing
import ZooCore
import ZooImage

@testable import ZooTraining

@Suite struct BatchMixingTests {
    /// What torchvision's v2 transforms make of a small batch.
    struct Expected: Decodable {
        struct Case: Decodable {
            let kind: String
            let share: Double
            let x: Int?
            let y: Int?
            let pixels: [Float]
            let targets: [Float]
        }

        let height: Int
        let width: Int
        let labels: [Int]
        let classCount: Int
        let cases: [Case]
    }

    /// What torchvision draws.
    struct Distributions: Decodable {
        struct Beta: Decodable {
            let mean: Double
            let deviation: Double
            let quantiles: [Double]
        }

        struct Draws: Decodable {
            let count: Int
            let beta: [String: Beta]
        }

        let distributions: Draws
    }

    @Test("pixels and targets are torchvision's for fixed shares and boxes")
    func fixed() throws {
        let expected: Expected = try Fixture.json("augmentation/mixing.json")
        let size = ImageSize(height: expected.height, width: expected.width)
        let elementCount = 3 * size.height * size.width
        let images = (0..<expected.labels.count * elementCount).map { Float($0) }
        #expect(expected.cases.count == 7)
        for fixed in expected.cases {
            var plan = BatchMixing.Plan.mixup(share: fixed.share)
            if let x = fixed.x, let y = fixed.y {
                plan = .cutmix(CutMixBox(ownShare: fixed.share, centre: (x, y), in: size))
            }
            var pixels = images
            var span = pixels.mutableSpan
            let targets = BatchMixing.apply(
                plan, to: &span, labels: expected.labels, classCount: expected.classCount, imageSize: size)
            #expect(pixels.count == fixed.pixels.count)
            // The products of two float32 numbers are rounded before they are added, in torch as here.
            #expect(pixels == fixed.pixels, "\(fixed.kind) \(fixed.share)")
            let difference = zip(targets.values, fixed.targets).map { abs($0 - $1) }.max() ?? 1
            #expect(difference < 1e-6, "\(fixed.kind) \(fixed.share): \(difference)")
        }
    }

    @Test("shares follow Beta(α, α): mean, deviation and quantiles are torch's", arguments: [0.2, 1, 4])
    func beta(alpha: Double) throws {
        let fixture: Distributions = try Fixture.json("augmentation/expected.json")
        let expected = try #require(fixture.distributions.beta["\(alpha)"])
        let count = fixture.distributions.count
        var generator = SeededGenerator(seed: 11)
        let draws = (0..<count).map { _ in SymmetricBeta(alpha: alpha).draw(using: &generator) }.sorted()
        #expect(draws.allSatisfy { (0...1).contains($0) })
        let mean = draws.reduce(0, +) / Double(count)
        let deviation = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
        // Five standard errors of a difference of two means.
        #expect(abs(mean - expected.mean) < 5 * expected.deviation * (2 / Double(count)).squareRoot())
        #expect(abs(deviation / expected.deviation - 1) < 0.03)
        for (share, quantile) in zip([0.1, 0.25, 0.5, 0.75, 0.9], expected.quantiles) {
            // The share of draws below torch's quantile is known within five standard errors.
            let below = Double(draws.count { $0 <= quantile }) / Double(count)
            #expect(abs(below - share) < 5 * (2 * share * (1 - share) / Double(count)).squareRoot(), "\(share)")
        }
    }

    @Test("the smallest α gives shares of 0 and 1, and no NaN")
    func smallAlpha() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let share = SymmetricBeta(alpha: 1e-3).draw(using: &generator)
            #expect((0...1).contains(share))
        }
    }

    @Test("both kinds: one of them a batch, each about as often")
    func both() {
        var generator = SeededGenerator(seed: 2)
        let mixing = BatchMixing(mixupAlpha: 0.2, cutmixAlpha: 1)
        let size = ImageSize(height: 32, width: 32)
        let plans = (0..<2000).map { _ in mixing.draw(imageSize: size, using: &generator) }
        let mixups = plans.count { if case .mixup = $0 { true } else { false } }
        #expect((888...1112).contains(mixups))
        #expect(!plans.contains(.nothing))
        for plan in plans {
            guard case .cutmix(let box) = plan else { continue }
            #expect(box.rows.lowerBound >= 0 && box.rows.upperBound <= 32)
            #expect(box.columns.lowerBound >= 0 && box.columns.upperBound <= 32)
            #expect(abs(plan.ownShare(in: size) + Double(box.rows.count * box.columns.count) / 1024 - 1) < 1e-12)
        }
        #expect(BatchMixing().draw(imageSize: size, using: &generator) == .nothing)
    }

    @Test("targets add up to one, the same seed gives the same batch, a batch of one keeps its image")
    func properties() {
        let size = ImageSize(height: 5, width: 7)
        let images = (0..<4 * 3 * 35).map { Float($0 % 97) / 97 }
        for seed in 0..<50 as Range<UInt64> {
            let mixing = BatchMixing(mixupAlpha: 1, cutmixAlpha: 1)
            var first = images
            var second = images
            var generators = (SeededGenerator(seed: seed), SeededGenerator(seed: seed))
            let targets = mixing.apply(
                &first, labels: [0, 2, 1, 2], classCount: 3, imageSize: size, using: &generators.0)
            let again = mixing.apply(
                &second, labels: [0, 2, 1, 2], classCount: 3, imageSize: size, using: &generators.1)
            #expect(first == second && targets == again)
            for row in 0..<4 { #expect(abs(targets.row(row).reduce(0, +) - 1) < 1e-6) }

            var alone = Array(images[..<105])
            let own = mixing.apply(&alone, labels: [1], classCount: 2, imageSize: size, using: &generators.0)
            #expect(zip(alone, images).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(own.values[0] == 0 && abs(own.values[1] - 1) < 1e-6)
        }
    }
}
