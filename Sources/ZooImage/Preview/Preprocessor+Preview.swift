public import ZooCore
internal import ZooRegistry

extension Preprocessor {
    /// What a network sees of `image` after `augmentation`, as an image again: normalisation is undone, everything else
    /// stays, an erased rectangle too.
    ///
    /// - Precondition: the image has pixels.
    public func preview(
        _ image: Image, augmentation: Augmentation, using generator: inout SeededGenerator
    ) -> Image {
        let size = outputSize(for: image.size)
        var values = [Float](repeating: 0, count: 3 * size.height * size.width)
        var span = values.mutableSpan
        apply(image, augmentation: augmentation, using: &generator, into: &span)
        let plane = size.height * size.width
        var pixels = [UInt8](repeating: 0, count: 3 * plane)
        for channel in 0..<3 {
            let (mean, deviation) = (preprocessing.mean[channel], preprocessing.std[channel])
            for index in 0..<plane {
                let value = ((values[channel * plane + index] * deviation + mean) * 255).rounded()
                pixels[3 * index + channel] = UInt8(min(max(value, 0), 255))
            }
        }
        return Image(width: size.width, height: size.height, pixels: pixels)
    }
}

extension Preprocessor {
    /// What a network sees of `image`, as an image again: resized and cut out, without normalisation.
    ///
    /// - Precondition: the image has pixels.
    public func seen(_ image: Image) -> Image {
        var generator = SeededGenerator(seed: 0)
        return preview(image, augmentation: .none, using: &generator)
    }
}
