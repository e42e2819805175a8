import Foundation
import TestSupport
import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

@Suite struct PreprocessorTests {
    @Test("equal to torchvision's tensors, to the bit", arguments: Expected.cases)
    func tensors(expected: Expected.Case) throws {
        let image = try ImageDecoder.decode(Fixture.file("images/\(expected.name)"))
        let preprocessor = Preprocessor(expected.preprocessing)
        #expect(preprocessor.outputSize(for: image.size) == ImageSize(height: expected.height, width: expected.width))
        #expect(digest(preprocessor.output(image)) == expected.tensor)
    }

    @Test func everyCaseIsThere() { #expect(Expected.cases.count > 100) }

    @Test("every value of every channel is torchvision's")
    func table() throws {
        let image = Image(width: 256, height: 1, pixels: (0...255).flatMap { [UInt8](repeating: $0, count: 3) })
        let identity = Preprocessing(
            resize: nil, crop: nil, interpolation: .bilinear, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
        #expect(digest(Preprocessor(identity).output(image)) == (try Expected.load().table))
    }

    @Test(
        "the shorter edge decides",
        arguments: [
            (500, 375, 256, 341, 256), (375, 500, 256, 256, 341), (256, 256, 256, 256, 256), (1, 1000, 7, 7, 7000),
            (3, 2, 5, 7, 5), (32, 32, 232, 232, 232),
        ])
    func resizedSize(width: Int, height: Int, edge: Int, newWidth: Int, newHeight: Int) {
        let preprocessing = Preprocessing(
            resize: edge, crop: nil, interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1])
        let size = Preprocessor(preprocessing).outputSize(for: ImageSize(height: height, width: width))
        #expect(size == ImageSize(height: newHeight, width: newWidth))
    }

    @Test(
        "halves are rounded to even, as Python rounds",
        arguments: [
            (227, 224, 2, 0), (225, 224, 0, 0), (229, 224, 2, 0), (231, 224, 4, 0), (224, 224, 0, 0), (221, 224, 0, 1),
        ])
    func crop(length: Int, crop: Int, start: Int, padding: Int) {
        let axis = CropAxis(length: length, crop: crop)
        #expect(axis.range == start..<start + min(crop, length))
        #expect(axis.padding == padding)
        #expect(axis.outputLength == crop)
    }

    @Test("a strip whose resized form would not fit into memory is cropped all the same")
    func strip() {
        let image = Image(width: 1, height: 60_000, pixels: [UInt8](repeating: 255, count: 180_000))
        let preprocessing = Preprocessing(
            resize: 256, crop: 224, interpolation: .bicubic, mean: [0, 0, 0], std: [1, 1, 1])
        let output = Preprocessor(preprocessing).output(image)
        #expect(output.allSatisfy { $0 == 1 })
    }
}
