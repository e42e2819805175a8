import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooImage

@Suite("small pictures of images") struct ThumbnailTests {
    /// A smooth picture, which JPEG keeps well.
    private func gradient(width: Int, height: Int) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width { pixels += [UInt8(255 * x / width), UInt8(255 * y / height), 128] }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    private func decode(_ bytes: [UInt8]) throws -> Image {
        try ImageDecoder.decode(bytes.rawSpan, path: "test")
    }

    @Test("JPEG comes back nearly the same", arguments: [(1, 1), (17, 9), (200, 100)])
    func jpeg(width: Int, height: Int) throws {
        let image = gradient(width: width, height: height)
        let bytes = try JPEGEncoder.encode(image, quality: 95)
        let seen = try decode(bytes)
        #expect(seen.size == image.size)
        let differences = zip(seen.pixels, image.pixels).map { abs(Int($0) - Int($1)) }
        #expect(differences.reduce(0, +) < 4 * differences.count, "\(differences.max() ?? 0)")
        #expect(try JPEGEncoder.encode(image, quality: 95) == bytes, "the same bytes every time")
        #expect(try JPEGEncoder.encode(image, quality: 10).count <= bytes.count)
    }

    @Test func anImageWithoutPixelsIsRefused() {
        #expect(throws: ImageError.self) { try JPEGEncoder.encode(Image(width: 0, height: 0, pixels: [])) }
    }

    @Test func fewPixelsStayAsTheyAre() throws {
        let path = Fixture.file("images/colour.png")
        let small = try Thumbnail(of: path, side: 32)
        #expect(small.mediaType == "image/png" && small.isPixelated)
        let image = try ImageDecoder.decode(path)
        #expect(try decode(small.bytes).pixels == image.pixels && small.size == image.size)
    }

    @Test(arguments: [(400, 100), (100, 400), (150, 150)])
    func photosBecomeSmall(width: Int, height: Int) throws {
        let folder = try ScratchFolder()
        let path = try folder.write(PNGEncoder.encode(gradient(width: width, height: height)), to: "photo.png")
        let small = try Thumbnail(of: path, side: 120)
        #expect(small.mediaType == "image/jpeg" && !small.isPixelated)
        let seen = try decode(small.bytes)
        #expect(seen.size == small.size)
        #expect(max(seen.width, seen.height) == 120)
        #expect(
            abs(Double(seen.width) / Double(seen.height) - Double(width) / Double(height)) < 0.05 * Double(width)
                / Double(height))
    }

    @Test func whatIsNoImageIsAnError() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Array("no image".utf8), to: "photo.jpg")
        #expect(throws: ImageError.self) { try Thumbnail(of: path, side: 100) }
        #expect(throws: ImageError.self) { try Thumbnail(of: folder.file("missing.jpg"), side: 100) }
    }
}
