extension Image {
    /// The image with numbers laid over it in the colours of ``ColourMap``.
    ///
    /// What matters little shows the image as it is, only greyer; the more something matters, the more of the colour covers
    /// it, but never all.
    ///
    /// - Parameter map: a number from 0 to 1 for each pixel, row by row.
    /// - Precondition: there are as many numbers as pixels.
    /// - Complexity: O(pixels).
    public func overlaid(with map: [Float]) -> Image {
        precondition(map.count == width * height, "a number for each pixel")
        var result = pixels
        for (index, value) in map.enumerated() {
            let value = value.isFinite ? min(max(value, 0), 1) : 0
            let (red, green, blue) = (
                Float(pixels[3 * index]), Float(pixels[3 * index + 1]), Float(pixels[3 * index + 2])
            )
            let grey = 0.299 * red + 0.587 * green + 0.114 * blue
            let colour = ColourMap.colour(of: value)
            // The eye takes the covered area for its strength: half of the largest number is half covered.
            let share = Self.strongest * min(1, 1.25 * value)
            func mixed(_ own: Float, _ colour: Float) -> UInt8 {
                let base = own + (grey - own) * Self.greyness
                return UInt8(min(max((base + (colour - base) * share).rounded(), 0), 255))
            }
            result[3 * index] = mixed(red, colour.red)
            result[3 * index + 1] = mixed(green, colour.green)
            result[3 * index + 2] = mixed(blue, colour.blue)
        }
        return Image(width: width, height: height, pixels: result)
    }

    /// How much of the colour covers the largest number.
    private static let strongest: Float = 0.72
    /// How grey the image below is, so that its own colours are not taken for those of the map.
    private static let greyness: Float = 0.6
}
