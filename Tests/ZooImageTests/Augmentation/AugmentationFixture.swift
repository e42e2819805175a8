import TestSupport
import ZooRegistry

@testable import ZooImage

/// What torchvision makes of small images, as `fixtures/generators/augmentation.py` wrote it down.
struct AugmentationFixture: Decodable {
    struct PixelCase: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let operation: String
        let numbers: [Double]
        let sampling: String?
        let fill: [UInt8]?
        let sha256: String

        var description: String { "\(operation) \(numbers) \(sampling ?? "") of \(name)" }

        var affineSampling: Augmentation.AffineSampling {
            Augmentation.AffineSampling(
                interpolation: sampling == "bilinear" ? .bilinear : .nearest, fill: fill ?? [0, 0, 0])
        }
    }

    struct PolicyCase: Decodable, Sendable {
        let policy: String
        let name: String
        let kind: Int
        let level: Int
        let isNegative: Bool
        let sha256: String
    }

    struct CropCase: Decodable, Sendable {
        let name: String
        /// Top, left, height, width.
        let box: [Int]
        let interpolation: Preprocessing.Interpolation
        let edge: Int
        let sha256: String
    }

    struct ErasingCase: Decodable, Sendable {
        let value: [Float]
        let box: [Int]
        let sha256: String
    }

    struct FallbackCase: Decodable, Sendable {
        let width: Int
        let height: Int
        let ratio: [Double]
        let box: [Int]
    }

    struct Moments: Decodable {
        let mean: [Double]
        let deviation: [Double]
    }

    struct Distributions: Decodable {
        let count: Int
        let resizedCrop: Moments
        let erasing: Moments
    }

    let pixels: [PixelCase]
    let affine: [PixelCase]
    let policies: [PolicyCase]
    let crops: [CropCase]
    let erasings: [ErasingCase]
    let fallbacks: [FallbackCase]
    let distributions: Distributions

    static func load() throws -> AugmentationFixture { try Fixture.json("augmentation/expected.json") }

    /// An image of `fixtures/images`; `square.png` is the square part of `colour.png` that the generator cuts out.
    static func image(_ name: String) throws -> Image {
        guard name == "square.png" else { return try ImageDecoder.decode(Fixture.file("images/\(name)")) }
        return try image("colour.png").part(Rectangle(top: 3, left: 10, height: 40, width: 40))
    }
}

extension Rectangle {
    init(_ box: [Int]) {
        self.init(top: box[0], left: box[1], height: box[2], width: box[3])
    }
}
