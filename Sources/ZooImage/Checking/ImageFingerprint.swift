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

/// What an image looks like, in 256 bits: whether it gets brighter from left to right at 16×16 places.
///
/// Resizing, recompression and changes of brightness turn few bits; another photo turns about half of them. A thumbnail
/// of 17×16 grey levels is kept as well, since the bits of large even areas mean little.
struct DifferenceHash: Sendable, Hashable {
    /// 16 bits a row, four rows a word.
    let words: [UInt64]
    /// `16×17` grey levels, stretched to 0…255.
    let thumbnail: [UInt8]

    /// Images whose hashes differ in more bits than this are taken for different.
    ///
    /// Two hashes that differ in fewer bits than they have groups of 16 agree in one group at least, by which they are
    /// found.
    static let greatestDistance = 15
    /// Images whose thumbnails differ by more than this on average, in grey levels, are taken for different.
    static let greatestDifference = 12

    private static let columns = 17
    private static let rows = 16

    init(_ image: Image) {
        var window = ResizeWindow()
        window.compute(
            image, resizedTo: ImageSize(height: Self.rows, width: Self.columns), rows: 0..<Self.rows,
            columns: 0..<Self.columns, interpolation: .bilinear)
        let whole = CropAxis(length: Self.rows, crop: Self.rows)
        let small = Image(window.rows, rows: whole, columns: CropAxis(length: Self.columns, crop: Self.columns))
        let grey = (0..<Self.rows * Self.columns).map { small.luminance(at: 3 * $0) }
        var words = [UInt64](repeating: 0, count: 4)
        for row in 0..<Self.rows {
            for column in 0..<Self.columns - 1
            where grey[row * Self.columns + column] < grey[row * Self.columns + column + 1] {
                words[row / 4] |= 1 << UInt64(16 * (row % 4) + column)
            }
        }
        self.words = words
        let (low, high) = (Int(grey.min() ?? 0), Int(grey.max() ?? 0))
        thumbnail = grey.map { UInt8((Int($0) - low) * 255 / max(high - low, 1)) }
    }

    /// The number of bits in which two hashes differ.
    func distance(to other: DifferenceHash) -> Int {
        zip(words, other.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    }

    /// Whether two images look alike.
    func resembles(_ other: DifferenceHash) -> Bool {
        guard distance(to: other) <= Self.greatestDistance else { return false }
        let difference = zip(thumbnail, other.thumbnail).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return difference <= Self.greatestDifference * thumbnail.count
    }

    /// The 16 groups of bits, each with its number above it.
    var groups: [UInt32] {
        (0..<16).map {
            UInt32($0) << 16 | UInt32(truncatingIfNeeded: (words[$0 / 4] >> UInt64(16 * ($0 % 4))) & 0xffff)
        }
    }
}
