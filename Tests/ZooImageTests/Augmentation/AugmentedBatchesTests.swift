import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

@Suite(.timeLimit(.minutes(2)))
struct AugmentedBatchesTests {
    private static let resized = Preprocessing(
        resize: 36, crop: 32, interpolation: .bilinear, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3])
    private static let natural = Preprocessing(
        resize: nil, crop: nil, interpolation: .bilinear, mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3])
    private static let names = ["colour.png", "absent.png", "grey.jpg", "colour-420.jpg", "palette.png", "bilevel.png"]
    private static let samples = (0..<24).map {
        ImageSample(path: Fixture.file("images/\(names[$0 % names.count])"), label: $0 % 3)
    }

    /// The digest of each image, by its index.
    private func run(
        _ preprocessing: Preprocessing, _ augmentation: Augmentation, seed: UInt64, batchSize: Int, threadCount: Int
    ) throws -> [Int: String] {
        let batches = try ImageBatches(
            Self.samples, preprocessor: Preprocessor(preprocessing), batchSize: batchSize, threadCount: threadCount,
            augmentation: augmentation, seed: seed)
        var digests: [Int: String] = [:]
        try batches.forEach { batch in
            let count = batch.pixels.count / max(batch.count, 1)
            for (place, index) in batch.indices.enumerated() {
                digests[index] = digest((place * count..<(place + 1) * count).map { batch.pixels[$0] })
            }
        }
        return digests
    }

    @Test("what is drawn follows from the seed and the position, not from threads and batches")
    func determinism() throws {
        for preprocessing in [Self.resized, Self.natural] {
            let all = [.preset(.light), .preset(.standard), .preset(.strong), try everything()]
            for augmentation in all.thinned(to: 2) {
                let expected = try run(preprocessing, augmentation, seed: 3, batchSize: 24, threadCount: 1)
                #expect(expected.count == 20)
                for (batchSize, threadCount) in [(1, 4), (5, 2), (24, 4), (7, 3)].thinned(to: 2) {
                    let seen = try run(
                        preprocessing, augmentation, seed: 3, batchSize: batchSize, threadCount: threadCount)
                    #expect(seen == expected)
                }
                #expect(try run(preprocessing, augmentation, seed: 4, batchSize: 24, threadCount: 1) != expected)
                // The same file at another position is changed differently.
                #expect(expected[0] != expected[6] || expected[2] != expected[8] || expected[3] != expected[9])
            }
        }
    }

    private func everything() throws -> Augmentation {
        try Augmentation(
            "crop=3,hflip,vflip,rotate=20,affine=5:translate=0.1/0.1:scale=0.8..1.2:shear=4/4,"
                + "jitter=0.4/0.4/0.4/0.1,grayscale=0.3,randaugment,trivialaugment,erase=0.6:value=random")
    }

    @Test("without augmentation, batches are what they were, whatever the seed")
    func none() throws {
        let expected = try run(Self.resized, .none, seed: 0, batchSize: 24, threadCount: 1)
        for (index, value) in expected {
            let image = try ImageDecoder.decode(Self.samples[index].path)
            #expect(value == digest(Preprocessor(Self.resized).output(image)))
        }
        #expect(try run(Self.resized, .none, seed: 9, batchSize: 5, threadCount: 2) == expected)
        #expect(try run(Self.resized, Augmentation("hflip=0"), seed: 9, batchSize: 5, threadCount: 2) == expected)
    }

    @Test("steps after the centre crop: a flipped input is the flipped input")
    func flip() throws {
        let image = try ImageDecoder.decode(Fixture.file("images/colour.png"))
        let preprocessor = Preprocessor(Self.resized)
        var generator = SeededGenerator(seed: 0)
        var flipped = [Float](repeating: 0, count: 3 * 32 * 32)
        var span = flipped.mutableSpan
        preprocessor.apply(image, augmentation: try Augmentation("hflip=1"), using: &generator, into: &span)
        let plain = preprocessor.output(image)
        for index in flipped.indices {
            #expect(flipped[index] == plain[index / 32 * 32 + 31 - index % 32])
        }
    }

    @Test("a random crop is a shifted window of the padded image")
    func crop() throws {
        let image = try ImageDecoder.decode(Fixture.file("images/colour.png"))
        let preprocessor = Preprocessor(Self.natural)
        let (width, height) = (image.width, image.height)
        let plain = preprocessor.output(image)
        let black = (0..<3).map { (0 - Self.natural.mean[$0]) / Self.natural.std[$0] }
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var cropped = [Float](repeating: 0, count: plain.count)
            var span = cropped.mutableSpan
            preprocessor.apply(image, augmentation: try Augmentation("crop=6"), using: &generator, into: &span)
            func shifted(_ top: Int, _ left: Int) -> [Float] {
                (0..<plain.count).map { index in
                    let channel = index / (width * height)
                    let row = index / width % height + top
                    let column = index % width + left
                    guard (0..<height).contains(row), (0..<width).contains(column) else { return black[channel] }
                    return plain[(channel * height + row) * width + column]
                }
            }
            let found = (-6...6).contains { top in (-6...6).contains { left in shifted(top, left) == cropped } }
            #expect(found, "seed \(seed)")
        }
    }

    @Test("strips and single pixels are augmented too", arguments: [(1, 1), (1, 400), (400, 1), (2, 3)])
    func strips(width: Int, height: Int) throws {
        let image = Image(width: width, height: height, pixels: [UInt8](repeating: 200, count: 3 * width * height))
        for text in ["light", "standard", "strong", "crop=4,hflip,rotate=30:sampling=bilinear,jitter=0.4/0.4/0.4/0.5"] {
            for seed in 0..<20 as Range<UInt64> {
                var generator = SeededGenerator(seed: seed)
                var output = [Float](repeating: .nan, count: 3 * 32 * 32)
                var span = output.mutableSpan
                Preprocessor(Self.resized).apply(
                    image, augmentation: try Augmentation(text), using: &generator, into: &span)
                #expect(output.allSatisfy { $0.isFinite })
            }
        }
    }
}
