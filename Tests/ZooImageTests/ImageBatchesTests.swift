import SystemPackage
import TestSupport
import Testing
import ZooRegistry

@testable import ZooImage

@Suite(.timeLimit(.minutes(1)))
struct ImageBatchesTests {
    /// What was seen of one batch.
    private struct Seen: Equatable {
        var indices: [Int]
        var labels: [Int]
        var failures: [Int]
        var pixels: String
    }

    private static func preprocessor(resize: Int? = 16, crop: Int? = 12) -> Preprocessor {
        Preprocessor(
            Preprocessing(
                resize: resize, crop: crop, interpolation: .bilinear, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]))
    }

    private static func samples(_ names: [String]) -> [ImageSample] {
        names.enumerated().map { ImageSample(path: Fixture.file("images/\($1)"), label: $0 % 3) }
    }

    private static let names = [
        "colour.png", "tall.png", "absent.png", "grey.jpg", "colour.webp", "colour-420.jpg", "row.png", "palette.png",
        "alpha.png", "cmyk.jpg", "bilevel.png",
    ]

    private func run(_ batches: ImageBatches) throws -> [Seen] {
        var seen: [Seen] = []
        try batches.forEach { batch in
            var pixels: [Float] = []
            for index in 0..<batch.pixels.count { pixels.append(batch.pixels[index]) }
            seen.append(
                Seen(
                    indices: batch.indices, labels: batch.labels, failures: batch.failures.map(\.index),
                    pixels: digest(pixels)))
        }
        return seen
    }

    @Test("the same batches, in order, with any number of threads", arguments: 1...4, [1, 3, 4, 100])
    func order(threadCount: Int, batchSize: Int) throws {
        let samples = Self.samples(Self.names + Self.names)
        let preprocessor = Self.preprocessor()
        let batches = try ImageBatches(
            samples, preprocessor: preprocessor, batchSize: batchSize, threadCount: threadCount)
        let seen = try run(batches)
        #expect(seen.count == batches.count)
        #expect(seen.flatMap(\.failures) == [2, 4, 13, 15])
        let indices = samples.indices.filter { ![2, 4, 13, 15].contains($0) }
        #expect(seen.flatMap(\.indices) == indices)
        #expect(seen.flatMap(\.labels) == indices.map { samples[$0].label })
        for batch in seen {
            let expected = try batch.indices.flatMap {
                preprocessor.output(try ImageDecoder.decode(samples[$0].path))
            }
            #expect(batch.pixels == digest(expected))
        }
    }

    @Test("what cannot be decoded is named")
    func failures() throws {
        var failures: [ImageFailure] = []
        let batches = try ImageBatches(
            Self.samples(Self.names), preprocessor: Self.preprocessor(), batchSize: 5, threadCount: 2)
        try batches.forEach { failures += $0.failures }
        #expect(failures.map(\.error.code) == [.unreadable, .unsupportedFormat])
        #expect(failures.map(\.sample.path.lastComponent) == ["absent.png", "colour.webp"])
    }

    @Test("an error of the consumer ends the work", arguments: 1...3)
    func earlyStop(threadCount: Int) throws {
        struct Enough: Error {}
        let samples = Self.samples([String](repeating: "pixel.png", count: 200))
        let batches = try ImageBatches(
            samples, preprocessor: Self.preprocessor(), batchSize: 2, threadCount: threadCount)
        var count = 0
        #expect(throws: Enough.self) {
            try batches.forEach { _ in
                count += 1
                if count == 3 { throw Enough() }
            }
        }
        #expect(count == 3)
    }

    @Test("cancelling ends the work without an error")
    func cancelled() throws {
        let samples = Self.samples([String](repeating: "pixel.png", count: 50))
        let batches = try ImageBatches(samples, preprocessor: Self.preprocessor(), batchSize: 4, threadCount: 2)
        var count = 0
        try batches.forEach(isCancelled: { count == 2 }) { _ in count += 1 }
        #expect(count == 2)
    }

    @Test("without resize and crop, images of one size pass as they are")
    func natural() throws {
        let samples = Self.samples(["absent.png", "colour.png", "colour-420.jpg", "grey.png"])
        let batches = try ImageBatches(
            samples, preprocessor: Self.preprocessor(resize: nil, crop: nil), batchSize: 8, threadCount: 2)
        #expect(batches.imageSize == ImageSize(height: 43, width: 61))
        #expect(try run(batches).first?.indices == [1, 2, 3])
    }

    @Test("without a crop, different sizes are an error that names the image")
    func sizesDiffer() throws {
        let samples = Self.samples(["colour.png", "grey.png", "tall.png"])
        let batches = try ImageBatches(
            samples, preprocessor: Self.preprocessor(resize: nil, crop: nil), batchSize: 2, threadCount: 2)
        var delivered = 0
        let error = #expect(throws: ImageError.self) { try batches.forEach { delivered += $0.count } }
        #expect(delivered == 2)
        #expect(error?.code == .sizesDiffer)
        #expect(error?.path.lastComponent == "tall.png")
        #expect(
            error?.message
                == "it has 24×90 pixels where others have 61×43, and the preprocessing of this model does not crop; "
                + "make all images the same size")
    }

    @Test func nothing() throws {
        let batches = try ImageBatches(
            [], preprocessor: Self.preprocessor(), batchSize: 2, threadCount: 2)
        #expect(try run(batches) == [])
    }

    @Test("nothing readable")
    func nothingReadable() throws {
        let error = #expect(throws: ImageError.self) {
            try ImageBatches(
                Self.samples(["absent.png"]), preprocessor: Self.preprocessor(crop: nil), batchSize: 2, threadCount: 1)
        }
        #expect(error?.code == .unreadable)
        let batches = try ImageBatches(
            Self.samples(["absent.png"]), preprocessor: Self.preprocessor(), batchSize: 2, threadCount: 1)
        #expect(try run(batches).first?.failures == [0])
    }
}
