import TestSupport
import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

@Suite struct PixelOperationTests {
    private func operation(_ expected: AugmentationFixture.PixelCase, for size: ImageSize) throws -> PixelOperation {
        let numbers = expected.numbers
        switch expected.operation {
        case "hflip": return .flipHorizontally
        case "vflip": return .flipVertically
        case "grayscale": return .grayscale
        case "autocontrast": return .autocontrast
        case "equalize": return .equalize
        case "brightness": return .brightness(numbers[0])
        case "contrast": return .contrast(numbers[0])
        case "saturation": return .saturation(numbers[0])
        case "sharpness": return .sharpness(numbers[0])
        case "hue": return .hue(numbers[0])
        case "posterize": return .posterize(bits: Int(numbers[0]))
        case "solarize": return .solarize(threshold: numbers[0])
        case "rotate": return .rotate(degrees: numbers[0], expected.affineSampling)
        case "affine":
            let map = AffineMap.inverse(
                centre: (Double(size.width) * 0.5, Double(size.height) * 0.5), angle: numbers[0],
                translation: (numbers[1], numbers[2]), scale: numbers[3], shear: (numbers[4], numbers[5]))
            return .affine(map, expected.affineSampling)
        default: throw UnknownOperation(name: expected.operation)
        }
    }

    private struct UnknownOperation: Error { let name: String }

    @Test("equal to torchvision's pixels, to the bit")
    func pixels() throws {
        let fixture = try AugmentationFixture.load()
        #expect(fixture.pixels.count > 200)
        #expect(fixture.affine.count > 350)
        for expected in fixture.pixels + fixture.affine {
            let image = try AugmentationFixture.image(expected.name)
            let result = try operation(expected, for: image.size).applied(to: image)
            #expect(result.size == image.size)
            #expect(digest(result.pixels).hasPrefix(expected.sha256), "\(expected)")
        }
    }

    @Test("RandAugment's and TrivialAugmentWide's operations at every level: torchvision's, to the bit")
    func policies() throws {
        let fixture = try AugmentationFixture.load()
        #expect(fixture.policies.count > 800)
        for expected in fixture.policies {
            let image = try AugmentationFixture.image(expected.name)
            let space: PolicySpace =
                expected.policy == "randaugment" ? .randAugment(image.size) : .trivialAugmentWide
            let kind = try #require(PolicySpace.Kind(rawValue: expected.kind))
            let operation = space.operation(
                kind, level: expected.level, isNegative: expected.isNegative, size: image.size,
                sampling: Augmentation.AffineSampling())
            let result = operation?.applied(to: image) ?? image
            #expect(
                digest(result.pixels).hasPrefix(expected.sha256),
                "\(expected.policy) \(kind) \(expected.level) \(expected.isNegative) of \(expected.name)")
        }
    }

    @Test("a part of an image, resized: torchvision's resized_crop, to the bit")
    func crops() throws {
        for expected in try AugmentationFixture.load().crops {
            let part = try AugmentationFixture.image(expected.name).part(Rectangle(expected.box))
            var window = ResizeWindow()
            let edge = expected.edge
            window.compute(
                part, resizedTo: ImageSize(height: edge, width: edge), rows: 0..<edge, columns: 0..<edge,
                interpolation: expected.interpolation)
            let whole = CropAxis(length: edge, crop: edge)
            let result = Image(window.rows, rows: whole, columns: whole)
            #expect(digest(result.pixels).hasPrefix(expected.sha256), "\(expected)")
        }
    }

    @Test("an erased rectangle is torchvision's, to the bit")
    func erasings() throws {
        let image = try AugmentationFixture.image("colour.png")
        let identity = Preprocessing(
            resize: nil, crop: nil, interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1])
        for expected in try AugmentationFixture.load().erasings {
            var pixels = Preprocessor(identity).output(image)
            var span = pixels.mutableSpan
            var generator = SeededGenerator(seed: 1)
            let value: Augmentation.Erasing.Value =
                expected.value.count == 1
                ? .constant(expected.value[0]) : .colour(expected.value[0], expected.value[1], expected.value[2])
            Augmentation.Erasing(value: value).erase(
                Rectangle(expected.box), of: image.size, in: &span, using: &generator)
            #expect(digest(pixels).hasPrefix(expected.sha256), "\(expected)")
        }
    }

    @Test("a map far out of the image leaves the fill, and never traps", arguments: [1e-3, 1e300, .infinity, .nan])
    func extremes(number: Double) {
        let image = Image(width: 3, height: 2, pixels: [UInt8](repeating: 9, count: 18))
        for interpolation in Augmentation.AffineSampling.Interpolation.allCases {
            let sampling = Augmentation.AffineSampling(interpolation: interpolation, fill: [1, 2, 3])
            for map in [
                AffineMap(a: number, b: 0, c: 40, d: 0, e: number, f: 50),
                AffineMap(a: number, b: number, c: -1e9, d: -number, e: number, f: 5),
            ] {
                let result = image.transformed(by: map, sampling)
                #expect(result.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
            }
        }
    }
}
