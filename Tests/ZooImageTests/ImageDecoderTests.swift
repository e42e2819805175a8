import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooImage

@Suite struct ImageDecoderTests {
    @Test("equal to Pillow's pixels", arguments: Expected.fileNames)
    func pixels(name: String) throws {
        let expected = try #require(Expected.load().files[name])
        let path = Fixture.file("images/\(name)")
        let image = try ImageDecoder.decode(path)
        #expect(image.width == expected.width)
        #expect(image.height == expected.height)
        #expect(digest(image.pixels) == expected.sha256)
        #expect(try ImageDecoder.size(of: path) == image.size)
    }

    @Test func everyFixtureIsExpected() { #expect(Expected.fileNames.count >= 26) }

    @Test("the content decides, not the name")
    func disguised() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(contents(Fixture.file("images/colour.png")), to: "photo.jpg")
        #expect(try ImageDecoder.decode(path).width == 61)
    }

    @Test(
        "formats that are known by name only",
        arguments: [("colour.webp", "WebP"), ("colour.tiff", "TIFF"), ("colour.gif", "GIF")])
    func unsupported(name: String, format: String) throws {
        let error = try #require(decodingError(contents(Fixture.file("images/\(name)"))))
        #expect(error.code == .unsupportedFormat)
        #expect(error.description == "test: zoo does not decode \(format) images; convert it to PNG or JPEG")
        #expect(error.kind == .unreadable)
    }

    @Test(
        "bytes that are no image",
        arguments: [
            ([], "test: the file is empty; remove or replace it"),
            (Array("<html>".utf8), "test: the bytes are no image that zoo knows; remove or replace the file"),
            ([0xff, 0xd8], "test: the bytes are no image that zoo knows; remove or replace the file"),
        ] as [([UInt8], String)])
    func noImage(bytes: [UInt8], message: String) throws {
        let error = try #require(decodingError(bytes))
        #expect(error.code == .notAnImage)
        #expect(error.description == message)
    }

    @Test func missingFile() throws {
        let error = #expect(throws: ImageError.self) { try ImageDecoder.decode("/nowhere/a.png") }
        #expect(error?.code == .unreadable)
        #expect(error?.description == "/nowhere/a.png: cannot open: there is no such file")
    }

    @Test("neither a folder nor a named pipe is waited for", .timeLimit(.minutes(1)))
    func notAFile() throws {
        let folder = try ScratchFolder()
        #expect(throws: ImageError.self) { try ImageDecoder.decode(folder.path) }
        let pipe = folder.file("pipe.png")
        let status = unsafe mkfifo(pipe.string, 0o600)
        #expect(status == 0)
        let error = #expect(throws: ImageError.self) { try ImageDecoder.decode(pipe) }
        #expect(error?.code == .notAnImage)
    }

    @Test(
        "truncated anywhere: an error, or (behind the last pixel) the whole image",
        arguments: [
            "pixel.png", "alpha.png", "palette.png", "grey16.png", "pixel.jpg", "colour-420.jpg", "progressive.jpg",
            "restarts.jpg", "cmyk.jpg", "colour.bmp", "palette.bmp", "colour.ppm", "scaled.pgm",
        ])
    func truncated(name: String) throws {
        let bytes = try contents(Fixture.file("images/\(name)"))
        let whole = try ImageDecoder.decode(bytes.rawSpan, path: "whole")
        // Every length near both ends, where the headers and the trailers are; a sample of those between.
        for length in 0..<bytes.count where length < 700 || length > bytes.count - 20 || length.isMultiple(of: 13) {
            let part = Array(bytes[..<length])
            do throws(ImageError) {
                let image = try ImageDecoder.decode(part.rawSpan, path: "part")
                let isSame = image == whole
                #expect(isSame, "\(length) of \(bytes.count) bytes")
                #expect(length > bytes.count - 4, "\(length) of \(bytes.count) bytes were accepted")
            } catch {
                #expect([.truncated, .corrupt, .notAnImage].contains(error.code), "\(length) bytes: \(error)")
            }
        }
    }

    @Test(
        "any byte changed: an error or some image, never a trap",
        arguments: [
            "pixel.png", "palette.png", "grey16.png", "pixel.jpg", "grey.jpg", "cmyk.jpg", "palette.bmp", "scaled.pgm",
            "plain.ppm",
        ])
    func damaged(name: String) throws {
        let bytes = try contents(Fixture.file("images/\(name)"))
        for index in bytes.indices.prefix(700) {
            for mask in [0x01, 0xff] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= mask
                _ = decodingError(damaged)
            }
        }
    }

    @Test("a huge size is refused before memory is taken")
    func huge() throws {
        var png = try contents(Fixture.file("images/pixel.png"))
        png.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
        let error = try #require(decodingError(png))
        #expect(error.code == .tooLarge)
        #expect(
            error.description
                == "test: the image has 65536×65536 pixels, zoo decodes up to 178956970 in all; make it smaller")
        png.replaceSubrange(16..<24, with: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        #expect(decodingError(png)?.code == .tooLarge)
        #expect(decodingError(Array("P6 99999999 99999999 255\n".utf8))?.code == .tooLarge)
        #expect(decodingError(Array("P6 16000 1000 255\n".utf8))?.code == .truncated)
    }

    @Test("a PNG too short for its size is refused before memory is taken")
    func short() throws {
        // 20 × 8,947,848 pixels are just allowed; 179 bytes cannot hold them (found by the fuzz target `image`).
        var png = try contents(Fixture.file("images/pixel.png"))
        png.replaceSubrange(16..<24, with: [0, 0, 0, 20, 0, 0x88, 0x88, 0x88])
        #expect(try PNGHeader(png.rawSpan).fits(in: png.count) == false)
        #expect(decodingError(png)?.code == .truncated)
    }

    @Test(
        "a JPEG too short for its size is refused before memory is taken", arguments: ["cmyk.jpg", "progressive.jpg"])
    func shortJPEG(name: String) throws {
        // A JPEG of 355 bytes that claims to be of 178 million pixels took 687 MB (found by the fuzz target `image`).
        var jpeg = try contents(Fixture.file("images/\(name)"))
        let frame = try #require(
            jpeg.indices.dropLast().first { jpeg[$0] == 0xff && [0xc0, 0xc2].contains(jpeg[$0 + 1]) })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x34, 0, 0x34, 0])
        let error = try #require(decodingError(jpeg))
        #expect(error.code == .truncated)
        #expect(error.message.hasPrefix("\(jpeg.count) bytes are too few for 13312×13312 pixels"))
        // As many bytes as blocks of 8×8 need at the least are let through to the decoder.
        let header = try JPEGHeader(jpeg.rawSpan)
        let blockCount = 1664 * 1664
        #expect(!header.fits(in: blockCount / 8 - 1))
        #expect(header.fits(in: blockCount * header.componentCount / 8))
    }

    @Test("a frame header that contradicts itself is an error", arguments: [(0x00, "0×0"), (0x51, "5×1")])
    func sampling(factors: UInt8, words: String) throws {
        var jpeg = try contents(Fixture.file("images/cmyk.jpg"))
        let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg[frame + 11] = factors
        let error = try #require(decodingError(jpeg))
        #expect(error.code == .corrupt)
        #expect(error.message.contains("sampled \(words) times"))
    }

    @Test("a JPEG with damage that libjpeg passes over decodes, as with Pillow; without its end it does not")
    func jpegWarnings() throws {
        var bytes = try contents(Fixture.file("images/restarts.jpg"))
        let restart = try #require(bytes.indices.dropLast().last { bytes[$0] == 0xff && bytes[$0 + 1] & 0xf8 == 0xd0 })
        bytes.removeSubrange(restart - 6..<restart)
        #expect(decodingError(bytes) == nil)
        bytes.removeLast(2)
        #expect(decodingError(bytes)?.code == .truncated)
    }
}
