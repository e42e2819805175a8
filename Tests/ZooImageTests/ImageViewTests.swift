import Testing
import ZooRegistry

@testable import ZooImage

@Suite("views of an image") struct ImageViewTests {
    /// An image whose red is its column and whose green is its row.
    private func image(width: Int, height: Int) -> Image {
        Image(
            width: width, height: height,
            pixels: (0..<height).flatMap { row in (0..<width).flatMap { [UInt8($0), UInt8(row), 0] } })
    }

    private func pixels(_ view: ImageView, crop: Int?, width: Int, height: Int) -> (red: [Int], green: [Int]) {
        var preprocessing = Preprocessing.imageNet
        (preprocessing.resize, preprocessing.crop) = (nil, crop)
        (preprocessing.mean, preprocessing.std) = ([0, 0, 0], [1, 1, 1])
        let preprocessor = Preprocessor(preprocessing, view: view)
        let size = ImageSize(height: height, width: width)
        var output = [Float](repeating: -1, count: preprocessor.elementCount(for: size))
        var span = output.mutableSpan
        preprocessor.apply(image(width: width, height: height), into: &span)
        let plane = output.count / 3
        let bytes = output.map { Int(($0 * 255).rounded()) }
        return (Array(bytes[..<plane]), Array(bytes[plane..<2 * plane]))
    }

    @Test(
        "corners and centre of a crop",
        arguments: [
            (.centre, 3, 2), (.topLeft, 0, 0), (.topRight, 6, 0), (.bottomLeft, 0, 4), (.bottomRight, 6, 4),
        ] as [(ImageView.Place, Int, Int)]) func corners(place: ImageView.Place, left: Int, top: Int)
    {
        let found = pixels(ImageView(place), crop: 4, width: 10, height: 8)
        #expect(found.red == (0..<16).map { left + $0 % 4 })
        #expect(found.green == (0..<16).map { top + $0 / 4 })
    }

    @Test("a mirror") func mirror() {
        let found = pixels(ImageView(.topLeft, isMirrored: true), crop: 4, width: 10, height: 8)
        #expect(found.red == (0..<16).map { 3 - $0 % 4 })
        #expect(found.green == (0..<16).map { $0 / 4 })
    }

    @Test("where nothing is cut off the image moves by an eighth, with black behind it") func shifts() {
        let first = pixels(ImageView(.topLeft), crop: nil, width: 16, height: 16)
        #expect(first.red[..<16].allSatisfy { $0 == 0 })
        #expect(Array(first.red[32..<48]) == [0, 0] + Array(0..<14))
        #expect(Array(first.green[32..<48]) == [Int](repeating: 0, count: 16))
        #expect(first.green[15 * 16 + 5] == 13)
        let last = pixels(ImageView(.bottomRight), crop: nil, width: 16, height: 16)
        #expect(Array(last.red[..<16]) == Array(2..<16) + [0, 0])
        #expect(last.green[0] == 2)
        #expect(last.green[15 * 16..<16 * 16].allSatisfy { $0 == 0 })
    }

    @Test("an image smaller than the crop is seen whole") func small() {
        let centred = pixels(.usual, crop: 8, width: 4, height: 4)
        let corner = pixels(ImageView(.topLeft), crop: 8, width: 4, height: 4)
        #expect(centred.red == corner.red && centred.green == corner.green)
    }
}
