// Pillow's ImageEnhance: the image is mixed with one that lacks what is to be enhanced.

extension Image {
    /// Mixed with black.
    func withBrightness(_ factor: Double) -> Image {
        let table = (0..<256).map { blend(0, UInt8($0), Float(factor)) }
        return mapped { _ in table }
    }

    /// Mixed with the mean grey.
    func withContrast(_ factor: Double) -> Image {
        var sum = 0
        for index in 0..<width * height { sum += Int(luminance(at: 3 * index)) }
        let mean = UInt8(Double(sum) / Double(width * height) + 0.5)
        let table = (0..<256).map { blend(mean, UInt8($0), Float(factor)) }
        return mapped { _ in table }
    }

    /// Mixed with its grey version.
    func withSaturation(_ factor: Double) -> Image {
        let factor = Float(factor)
        var result = pixels
        for start in stride(from: 0, to: pixels.count, by: 3) {
            let grey = luminance(at: start)
            for channel in 0..<3 { result[start + channel] = blend(grey, pixels[start + channel], factor) }
        }
        return Image(width: width, height: height, pixels: result)
    }

    /// Mixed with its smoothed version.
    func withSharpness(_ factor: Double) -> Image {
        let factor = Float(factor)
        var result = smoothed().pixels
        for index in result.indices { result[index] = blend(result[index], pixels[index], factor) }
        return Image(width: width, height: height, pixels: result)
    }

    /// Grey in three channels.
    func grayscale() -> Image {
        var result = pixels
        for start in stride(from: 0, to: pixels.count, by: 3) {
            let grey = luminance(at: start)
            for channel in 0..<3 { result[start + channel] = grey }
        }
        return Image(width: width, height: height, pixels: result)
    }

    /// The grey of the pixel whose red is the element `start`: ITU-R 601-2 in 16 fractional bits.
    func luminance(at start: Int) -> UInt8 {
        let sum = Int(pixels[start]) * 19595 + Int(pixels[start + 1]) * 38470 + Int(pixels[start + 2]) * 7471
        return UInt8((sum + 0x8000) >> 16)
    }

    /// Pillow's filter `SMOOTH`: the pixel counts 5, its neighbours 1 each, of 13. The border stays as it is.
    private func smoothed() -> Image {
        guard width >= 3, height >= 3 else { return self }
        var result = pixels
        let one = Float(1) / 13
        let five = Float(5) / 13
        func row(_ start: Int, _ middle: Float) -> Float {
            Float(pixels[start - 3]) * one + Float(pixels[start]) * middle + Float(pixels[start + 3]) * one
        }
        for y in 1..<height - 1 {
            for index in 3 * (y * width + 1)..<3 * (y * width + width - 1) {
                // The order of the sums is Pillow's: below, the row itself, above.
                var sum: Float = 0.5
                sum += row(index + 3 * width, one)
                sum += row(index, five)
                sum += row(index - 3 * width, one)
                result[index] = UInt8(min(max(sum, 0), 255))
            }
        }
        return Image(width: width, height: height, pixels: result)
    }
}

/// Pillow's `Image.blend` of two values: `first` at a factor of 0, `second` at 1, clipped beyond, cut to an integer.
private func blend(_ first: UInt8, _ second: UInt8, _ factor: Float) -> UInt8 {
    let value = Float(first) + factor * Float(Int(second) - Int(first))
    return UInt8(min(max(value, 0), 255))
}
