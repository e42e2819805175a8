import Foundation
import Testing
import ZooRegistry

@testable import ZooImage

@Suite("colours over images") struct OverlayTests {
    /// CIE's relative luminance, which grows with lightness.
    private func luminance(_ colour: (red: Float, green: Float, blue: Float)) -> Double {
        func linear(_ value: Float) -> Double {
            let share = Double(value) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
    }

    @Test func everyColourIsLighterThanTheOneBefore() {
        let lightness = (0...200).map { cbrt(luminance(ColourMap.colour(of: Float($0) / 200))) }
        #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
        // Equal steps of numbers are about equal steps of lightness.
        let steps = stride(from: 0, to: 200, by: 20).map { lightness[$0 + 20] - lightness[$0] }
        #expect(steps.allSatisfy { $0 > 0.02 && $0 < 0.15 }, "\(steps)")
    }

    @Test func numbersOutsideOfTheRangeHaveTheColoursAtItsEnds() {
        #expect(ColourMap.colour(of: -3) == ColourMap.colour(of: 0))
        #expect(ColourMap.colour(of: 7) == ColourMap.colour(of: 1))
        #expect(ColourMap.colour(of: .nan) == ColourMap.colour(of: 0))
    }

    @Test func whatMattersNotIsTheImageAndWhatMattersMostIsCoveredButNotWholly() {
        let image = Image(width: 3, height: 1, pixels: [200, 200, 200, 200, 200, 200, 10, 10, 10])
        let pixels = image.overlaid(with: [0, 1, 1]).pixels
        #expect(Array(pixels[0..<3]) == [200, 200, 200])
        let top = ColourMap.colour(of: 1)
        #expect(abs(Float(pixels[5]) - (200 + (top.blue - 200) * 0.72)) <= 1)
        #expect(pixels[3] > pixels[6], "the image shines through")
    }

    @Test func whatANetworkSeesIsTheCentreOfTheResizedImage() throws {
        let image = Image(
            width: 4, height: 2, pixels: (0..<8).flatMap { [UInt8($0 * 30), UInt8(255 - $0 * 30), UInt8(7)] })
        let preprocessor = Preprocessor(.imageNet)
        let seen = preprocessor.seen(image)
        #expect(seen.size == ImageSize(height: 224, width: 224))
        #expect(Set(stride(from: 2, to: seen.pixels.count, by: 3).map { seen.pixels[$0] }) == [7])
    }
}
