internal import ZooCore

/// The first chunk of a PNG file (PNG specification, section 11.2.2).
struct PNGHeader {
    let size: ImageSize
    let bitDepth: UInt8
    let colourType: UInt8

    /// Whether pixels are grey values of 16 bits without alpha, which Pillow clips instead of scaling.
    var isGrey16: Bool { colourType == 0 && bitDepth == 16 }

    /// DEFLATE cannot make data smaller than this fraction of its size.
    private static let largestRatio = 1032

    /// Whether a file of `byteCount` bytes can hold the image: a header of a few bytes must not cost half a gigabyte.
    ///
    /// Every row has a byte for its filter, and its pixels at least one bit each.
    func fits(in byteCount: Int) -> Bool {
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colourType] ?? 1
        let leastByteCount = size.height * (1 + size.width * channels * Int(max(bitDepth, 1)) / 8)
        return leastByteCount / Self.largestRatio <= byteCount
    }

    /// Reads the header of the file that `bytes` are.
    ///
    /// - Throws: ``DecodingFailure`` `.truncated` or `.corrupt`. Combinations of depth and colour are left to libpng.
    init(_ bytes: RawSpan) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        do {
            try reader.skip(8)
            let length = try reader.read(UInt32.self, order: .big)
            let name = try reader.read(UInt32.self, order: .big)
            guard length == 13, name == 0x4948_4452 else {
                throw DecodingFailure.corrupt("the first chunk is not IHDR")
            }
            let width = try reader.read(UInt32.self, order: .big)
            let height = try reader.read(UInt32.self, order: .big)
            size = ImageSize(height: Int(height), width: Int(width))
            bitDepth = try reader.readByte()
            colourType = try reader.readByte()
        } catch let failure as DecodingFailure {
            throw failure
        } catch {
            throw .truncated()
        }
    }
}
