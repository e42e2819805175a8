import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

@Suite(.timeLimit(.minutes(1)))
struct DataCheckTests {
    /// Smooth waves that follow from `seed`, and a little noise that follows from `noise`.
    private static func picture(
        _ seed: Int, width: Int = 48, height: Int = 36, noise: UInt64? = nil, brighter: Int = 0
    ) -> Image {
        var generator = SeededGenerator(seed: noise ?? 0)
        var phases = SeededGenerator(seed: 1000 + UInt64(seed))
        let waves = (0..<6).map { _ in
            (Double(phases.uniform()) * 30 - 15, Double(phases.uniform()) * 30 - 15, Double(phases.uniform()) * 6.28)
        }
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                let sum = waves.reduce(0.0) { $0 + wave($1.0 * u + $1.1 * v + $1.2) }
                for channel in 0..<3 {
                    let jitter = noise == nil ? 0 : generator.index(below: 7) - 3
                    pixels.append(UInt8(min(max(128 + Int(sum * 25) + 10 * channel + jitter + brighter, 0), 255)))
                }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// A triangle wave, which needs no library.
    private static func wave(_ x: Double) -> Double {
        let phase = x / 6.283 - (x / 6.283).rounded(.down)
        return phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase
    }

    private func write(_ image: Image, to name: String, in scratch: ScratchFolder) throws {
        try scratch.write(try PNGEncoder.encode(image), to: name)
    }

    @Test("each defect is found, and nothing else", arguments: [1, 3])
    func defects(threadCount: Int) throws {
        let scratch = try ScratchFolder()
        for index in 0..<6 {
            try write(Self.picture(index), to: "train/a/\(index).png", in: scratch)
            try write(Self.picture(10 + index), to: "train/b/\(index).png", in: scratch)
            try write(Self.picture(20 + index), to: "val/a/\(index).png", in: scratch)
            try write(Self.picture(30 + index), to: "val/b/\(index).png", in: scratch)
        }
        let clean = try check(scratch, threadCount: threadCount)
        #expect(clean.isClean)
        #expect(clean.samples.count == 24)

        // The same pixels in another file format, within a class, across classes, across the two parts.
        let ppm = Array("P6 48 36 255\n".utf8) + Self.picture(0).pixels
        try scratch.write(ppm, to: "train/a/same.ppm")
        try write(Self.picture(11), to: "train/a/other-label.png", in: scratch)
        try write(Self.picture(12), to: "val/b/leaked.png", in: scratch)
        // A copy that was made smaller, noisy and brighter.
        let similar = Self.picture(3, width: 44, height: 33, noise: 5, brighter: 9)
        try write(similar, to: "val/a/similar.png", in: scratch)
        try write(Self.picture(50, width: 40, height: 31), to: "train/b/tiny.png", in: scratch)
        let grey = Image(width: 50, height: 40, pixels: (0..<6000).map { UInt8(100 + $0 % 4) })
        try write(grey, to: "val/b/grey.png", in: scratch)
        try scratch.write(Array("no image".utf8), to: "train/a/broken.jpg")
        let report = try check(scratch, threadCount: threadCount)
        func name(_ index: Int) -> String {
            var path = report.samples[index].path
            _ = path.removePrefix(scratch.path)
            return path.string
        }
        #expect(!report.isClean)
        #expect(report.unreadable.map { name($0.index) } == ["train/a/broken.jpg"])
        #expect(report.unreadable.map(\.error.code) == [.notAnImage])
        #expect(
            report.duplicates.map { $0.indices.map(name) } == [
                ["train/a/0.png", "train/a/same.ppm"], ["train/a/other-label.png", "train/b/1.png"],
                ["train/b/2.png", "val/b/leaked.png"],
            ])
        #expect(report.duplicates.map(\.isAcrossClasses) == [false, true, false])
        #expect(report.duplicates.map(\.isAcrossSplits) == [false, false, true])
        #expect(report.nearDuplicates.map { name($0.trainIndex) } == ["train/a/3.png"])
        #expect(report.nearDuplicates.map { name($0.validationIndex) } == ["val/a/similar.png"])
        #expect(report.nearDuplicates.allSatisfy { $0.distance <= DataReport.greatestDistance })
        #expect(report.tiny.map { name($0.index) } == ["train/b/tiny.png"])
        #expect(report.tiny.map(\.size) == [ImageSize(height: 31, width: 40)])
        #expect(report.oneColour.map(name) == ["val/b/grey.png"])
    }

    private func check(_ scratch: ScratchFolder, threadCount: Int) throws -> DataReport {
        let splits = try ImageFolder.open(scratch.path)
        var calls: [Int] = []
        let report = try DataCheck(threadCount: threadCount).run(
            train: splits.train, validation: splits.validation
        ) { calls.append($0) }
        #expect(calls.last == report.samples.count)
        #expect(calls == calls.sorted())
        return report
    }

    @Test("an error of the caller ends the work")
    func stopped() throws {
        struct Enough: Error {}
        let samples = (0..<50).map { _ in ImageSample(path: Fixture.file("images/colour.png"), label: 0) }
        let folder = ImageFolder(path: "x", classes: ["a"], samples: samples, ignored: [])
        #expect(throws: Enough.self) {
            _ = try DataCheck(threadCount: 2).run(train: folder, validation: nil) { if $0 > 5 { throw Enough() } }
        }
    }

    @Test("hashes: alike after resizing and noise, far apart otherwise")
    func hashes() {
        for seed in 0..<8 {
            let hash = DifferenceHash(Self.picture(seed))
            #expect(hash.resembles(DifferenceHash(Self.picture(seed, width: 40, height: 30, noise: 1))))
            #expect(hash.resembles(DifferenceHash(Self.picture(seed, width: 96, height: 72, noise: 2, brighter: -6))))
            for other in 0..<seed { #expect(!hash.resembles(DifferenceHash(Self.picture(other)))) }
        }
    }

    private func decoded(_ bytes: [UInt8]) throws -> Image {
        try ImageDecoder.decode(bytes.rawSpan, path: "x")
    }

    @Test("what is written as PNG is read back")
    func png() throws {
        for image in [
            Self.picture(1), Self.picture(2, width: 1, height: 1, noise: 3),
            Self.picture(3, width: 300, height: 2, noise: 4),
        ] {
            let bytes = try PNGEncoder.encode(image)
            #expect(try decoded(bytes) == image)
        }
        var noise = SeededGenerator(seed: 1)
        let worst = Image(
            width: 64, height: 64, pixels: (0..<12_288).map { _ in UInt8(truncatingIfNeeded: noise.next()) })
        #expect(try decoded(try PNGEncoder.encode(worst)) == worst)
        #expect(throws: ImageError.self) { try PNGEncoder.encode(Image(width: 0, height: 0, pixels: [])) }
    }

    @Test("a sheet has every image in its place")
    func sheet() {
        var sheet = ContactSheet(cell: ImageSize(height: 10, width: 20), columnCount: 2)
        let red = Image(width: 20, height: 10, pixels: (0..<200).flatMap { _ in [255, 0, 0] as [UInt8] })
        let tall = Image(width: 10, height: 20, pixels: (0..<200).flatMap { _ in [0, 0, 255] as [UInt8] })
        sheet.append([red, tall])
        sheet.append([tall])
        let image = sheet.render()
        #expect(image.size == ImageSize(height: 2 * 14 + 4, width: 2 * 24 + 4))
        func colour(_ x: Int, _ y: Int) -> [UInt8] {
            Array(image.pixels[3 * (y * image.width + x)..<3 * (y * image.width + x) + 3])
        }
        #expect(colour(4, 4) == [255, 0, 0])
        #expect(colour(23, 13) == [255, 0, 0])
        #expect(colour(24, 13) == [255, 255, 255])
        // The tall image is 5 wide in the middle of its place.
        #expect(colour(28 + 7, 4) == [0, 0, 255])
        #expect(colour(28 + 6, 4) == [255, 255, 255])
        #expect(colour(4 + 7, 18) == [0, 0, 255])
    }
}
