internal import ZooCore

/// What is measured of an image to see whether a network fails on images of some kind.
public struct ImageProperties: Sendable, Hashable {
    /// The size of the file's image.
    public let size: ImageSize
    /// The mean luma, from 0, black, to 255.
    public let brightness: Double
    /// The variance of the Laplacian of the luma (Pech-Pacheco et al., 2000): little where nothing is sharp.
    ///
    /// Of the image made no larger than ``side`` first, so that photos of several resolutions can be compared.
    public let sharpness: Double

    /// The longest edge of what is measured.
    static let side = 256

    /// Measures an image.
    ///
    /// - Precondition: the image has pixels.
    /// - Complexity: O(pixels).
    public init(_ image: Image) {
        size = image.size
        let small =
            max(image.width, image.height) > Self.side
            ? image.fitted(into: ImageSize(height: Self.side, width: Self.side)) : image
        let count = small.width * small.height
        // ITU-R BT.601, as Pillow's conversion to grey.
        var luma = [Float](repeating: 0, count: count)
        let weights: [Float] = [0.299, 0.587, 0.114]
        for index in 0..<3 * count { luma[index / 3] += weights[index % 3] * Float(small.pixels[index]) }
        brightness = luma.reduce(0.0) { $0 + Double($1) } / Double(count)
        sharpness = Self.laplacianVariance(luma, width: small.width, height: small.height)
    }

    /// The variance of `4·centre − neighbours` over the pixels that have four; 0 where there are none.
    static func laplacianVariance(_ luma: [Float], width: Int, height: Int) -> Double {
        guard width > 2, height > 2 else { return 0 }
        var (sum, squares) = (0.0, 0.0)
        for row in 1..<height - 1 {
            for column in 1..<width - 1 {
                let index = row * width + column
                let sides = luma[index - 1] + luma[index + 1] + luma[index - width] + luma[index + width]
                let value = Double(sides - 4 * luma[index])
                sum += value
                squares += value * value
            }
        }
        let count = Double((width - 2) * (height - 2))
        return max(0, squares / count - (sum / count) * (sum / count))
    }

    /// The properties of images, in order; `nil` for one that cannot be decoded.
    ///
    /// - Parameter onProgress: called now and then on the calling thread with the number of images looked at; what it throws
    ///   ends the work.
    /// - Complexity: O(pixels), on `threadCount` threads.
    public static func all(
        of samples: [ImageSample], threadCount: Int, onProgress: (Int) throws -> Void = { _ in }
    ) throws -> [ImageProperties?] {
        try WorkerThreads.map(samples.count, threadCount: threadCount, onProgress: onProgress) { index in
            guard let image = try? ImageDecoder.decode(samples[index].path), image.width > 0, image.height > 0 else {
                return nil
            }
            return ImageProperties(image)
        }
    }
}
