internal import ZooCore
internal import ZooRegistry

/// What is kept of an image to tell whether it resembles others.
struct ImageFingerprint: Sendable {
    /// Its size.
    let size: ImageSize
    /// The SHA-256 of its size and pixels: equal for equal pixels, whatever the files are.
    let digest: SHA256Digest
    /// Whether every pixel has the same colour, but for ``greatestNoise``.
    let isOneColour: Bool
    /// What it looks like.
    let hash: DifferenceHash

    /// How far the values of a channel may lie apart in an image of one colour.
    static let greatestNoise = 4

    init(_ image: Image) {
        size = image.size
        var hasher = SHA256()
        hasher.update([image.width, image.height].rawSpan)
        hasher.update(image.pixels.rawSpan)
        digest = hasher.finish()
        isOneColour = Self.isOneColour(image)
        hash = DifferenceHash(image)
    }

    private static func isOneColour(_ image: Image) -> Bool {
        var lowest: [UInt8] = [255, 255, 255]
        var highest: [UInt8] = [0, 0, 0]
        let pixels = image.pixels.span
        for start in stride(from: 0, to: pixels.count, by: 3) {
            var spread = 0
            for channel in 0..<3 {
                lowest[channel] = min(lowest[channel], pixels[start + channel])
                highest[channel] = max(highest[channel], pixels[start + channel])
                spread = max(spread, Int(highest[channel]) - Int(lowest[channel]))
            }
            // Most images show more than one colour within a few pixels.
            if spread > greatestNoise { return false }
        }
        return true
    }
}

/// What an image looks like, in 64 bits: whether it gets brighter from left to right at 8×8 places.
///
/// Resizing, recompression and changes of brightness turn few bits; another photo turns about half of them. A thumbnail
/// of 17×16 grey levels is kept as well, since chance makes the bits of two photos agree now and then.
struct DifferenceHash: Sendable, Hashable {
    /// 8 bits a row, the uppermost row lowest.
    let bits: UInt64
    /// `16×17` grey levels, stretched to 0…255.
    let thumbnail: [UInt8]

    /// Images whose hashes differ in more bits than this are taken for different.
    ///
    /// Two hashes that differ in fewer bits than they have rows agree in one row at least, by which they are found.
    static let greatestDistance = 7
    /// Images whose thumbnails differ by more than this on average, in grey levels, are taken for different.
    ///
    /// Among 2 million pairs of different CIFAR-10 images whose hashes differ in 10 bits at most, the smallest difference
    /// is 26; copies that were recompressed or halved stay below 10.
    static let greatestDifference = 16

    init(_ image: Image) {
        let small = Self.greyLevels(of: image, width: 9, height: 8)
        var bits: UInt64 = 0
        for row in 0..<8 {
            for column in 0..<8 where small[9 * row + column] < small[9 * row + column + 1] {
                bits |= 1 << UInt64(8 * row + column)
            }
        }
        self.bits = bits
        let grey = Self.greyLevels(of: image, width: 17, height: 16)
        let (low, high) = (Int(grey.min() ?? 0), Int(grey.max() ?? 0))
        thumbnail = grey.map { UInt8((Int($0) - low) * 255 / max(high - low, 1)) }
    }

    /// The grey levels of `image` resized to `width × height`.
    private static func greyLevels(of image: Image, width: Int, height: Int) -> [UInt8] {
        var window = ResizeWindow()
        window.compute(
            image, resizedTo: ImageSize(height: height, width: width), rows: 0..<height, columns: 0..<width,
            interpolation: .bilinear)
        let small = Image(
            window.rows, rows: CropAxis(length: height, crop: height), columns: CropAxis(length: width, crop: width))
        return (0..<width * height).map { small.luminance(at: 3 * $0) }
    }

    /// The number of bits in which two hashes differ.
    func distance(to other: DifferenceHash) -> Int {
        (bits ^ other.bits).nonzeroBitCount
    }

    /// Whether two images look alike.
    func resembles(_ other: DifferenceHash) -> Bool {
        guard distance(to: other) <= Self.greatestDistance else { return false }
        let difference = zip(thumbnail, other.thumbnail).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return difference <= Self.greatestDifference * thumbnail.count
    }

    /// The first row in which two hashes agree.
    func firstCommonRow(with other: DifferenceHash) -> Int? {
        let difference = bits ^ other.bits
        return (0..<8).first { (difference >> UInt64(8 * $0)) & 0xff == 0 }
    }

    /// The bits of one row, with the row's number above them.
    func group(_ row: Int) -> Int {
        row << 8 | Int((bits >> UInt64(8 * row)) & 0xff)
    }
}
