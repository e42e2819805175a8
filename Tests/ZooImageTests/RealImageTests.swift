import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooImage

@Suite(.slow, .enabled(if: RealData.isPresent, "\(RealData.absence)"))
struct RealImageTests {
    /// Where zoo and Pillow are meant to differ, by the file's name.
    static let exceptions: [String: String] = [
        "xcsn0g01.png": "Pillow does not look at the checksum of image data",
        "monkey16.pgm": "16-bit PGM is not decoded",
        "jpeg_lossless_sel1-8bit.jpg": "lossless JPEG needs libjpeg-turbo 3",
        "8e5e74dbf9b68a322fbb9512db837329.jpg": "data is missing, libjpeg-turbo 3 fills the gap differently",
        "f6b4389c3cf0f5997b2e5a4b905aea8d.jpg": "data is missing, libjpeg-turbo 3 fills the gap differently",
        "7997b6b229f25315d33f5c7085e37500.jpg": "a damaged length points behind the end; Pillow stops looking before",
        "5482a54657765056f1a94116a8dbffe7.jpg": "a damaged length points behind the end; Pillow stops looking before",
    ]

    @Test("PngSuite and the JPEG collections: equal to Pillow, or both refuse")
    func corpus() throws {
        var accepted = 0
        var refused = 0
        for (name, expected) in try RealExpected.load().files {
            if Self.exceptions[FilePath(name).lastComponent?.string ?? ""] != nil { continue }
            do throws(ImageError) {
                let image = try ImageDecoder.decode(RealData.file(name))
                #expect(digest(image.pixels) == expected, "\(name): other pixels than Pillow's")
                accepted += 1
            } catch {
                #expect(expected == nil, "\(error)")
                refused += 1
            }
        }
        #expect(accepted > 250)
        #expect(refused > 5)
    }

    @Test("photos: equal to torchvision's tensors", arguments: RealExpected.photos)
    func photo(expected: Expected.Case) throws {
        let image = try ImageDecoder.decode(RealData.file(expected.name))
        #expect(digest(Preprocessor(expected.preprocessing).output(image)) == expected.tensor)
    }
}
