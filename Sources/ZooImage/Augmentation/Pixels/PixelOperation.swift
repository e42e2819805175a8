internal import ZooCore

/// What is done to the pixels of one image, after the numbers were drawn.
///
/// Each operation gives what torchvision gives for an image of Pillow, to the bit.
enum PixelOperation: Sendable, Hashable {
    case flipHorizontally
    case flipVertically
    /// Counter-clockwise about the centre, as Pillow's `Image.rotate`.
    case rotate(degrees: Double, Augmentation.AffineSampling)
    /// The map leads from a position in the result to one in the image.
    case affine(AffineMap, Augmentation.AffineSampling)
    case brightness(Double)
    case contrast(Double)
    case saturation(Double)
    case sharpness(Double)
    case hue(Double)
    case grayscale
    case posterize(bits: Int)
    case solarize(threshold: Double)
    case autocontrast
    case equalize

    /// The image that becomes of `image`; the size stays the same.
    ///
    /// - Complexity: O(pixels).
    func applied(to image: Image) -> Image {
        switch self {
        case .flipHorizontally: image.flippedHorizontally()
        case .flipVertically: image.flippedVertically()
        case .rotate(let degrees, let sampling): image.rotated(degrees: degrees, sampling)
        case .affine(let map, let sampling): image.transformed(by: map, sampling)
        case .brightness(let factor): image.withBrightness(factor)
        case .contrast(let factor): image.withContrast(factor)
        case .saturation(let factor): image.withSaturation(factor)
        case .sharpness(let factor): image.withSharpness(factor)
        case .hue(let turn): image.withHue(turn)
        case .grayscale: image.grayscale()
        case .posterize(let bits): image.posterized(bits: bits)
        case .solarize(let threshold): image.solarized(threshold: threshold)
        case .autocontrast: image.autocontrasted()
        case .equalize: image.equalized()
        }
    }
}

extension Augmentation.Step {
    /// Draws what is done to the pixels of an image of the size `size`; nothing for steps that work elsewhere.
    func draw(in size: ImageSize, using generator: inout SeededGenerator) -> [PixelOperation] {
        switch self {
        case .resizedCrop, .crop, .erasing: return []
        case .horizontalFlip(let probability): return generator.chance(probability) ? [.flipHorizontally] : []
        case .verticalFlip(let probability): return generator.chance(probability) ? [.flipVertically] : []
        case .rotation(let rotation):
            return [.rotate(degrees: generator.uniform(in: rotation.degrees), rotation.sampling)]
        case .affine(let affine): return [affine.draw(in: size, using: &generator)]
        case .colourJitter(let jitter): return jitter.draw(using: &generator)
        case .grayscale(let probability): return generator.chance(probability) ? [.grayscale] : []
        case .randAugment(let options): return options.draw(in: size, using: &generator)
        case .trivialAugment(let sampling):
            let operation = PolicySpace.trivialAugmentWide.draw(in: size, sampling: sampling, using: &generator)
            return operation.map { [$0] } ?? []
        }
    }
}
