/// Colours for numbers from 0 to 1, each lighter than the one before: dark violet, red, orange, light yellow.
///
/// Equal steps are equal steps of lightness (L of OKLab, from 0.26 to 0.96), so that the order of the colours is seen at once,
/// in print and with any kind of colour vision. The anchors are OKLCh colours of hues from 285° to 100° and the largest chroma
/// up to 0.2 that sRGB has.
public enum ColourMap {
    /// Colours at equal distances.
    static let anchors: [(red: Float, green: Float, blue: Float)] = [
        (36, 0, 104), (59, 0, 118), (82, 1, 127), (108, 0, 133), (134, 2, 133), (159, 15, 128), (182, 29, 120),
        (204, 44, 110), (224, 60, 97), (242, 78, 82), (254, 101, 66), (254, 132, 72), (255, 158, 83), (254, 182, 102),
        (255, 204, 121), (255, 224, 147), (255, 244, 177),
    ]

    /// The colour of a number, red, green and blue from 0 to 255; numbers outside of 0 to 1 have the colours at the ends.
    ///
    /// - Complexity: O(1).
    public static func colour(of value: Float) -> (red: Float, green: Float, blue: Float) {
        let place = (value.isFinite ? min(max(value, 0), 1) : 0) * Float(anchors.count - 1)
        let index = min(Int(place), anchors.count - 2)
        let share = place - Float(index)
        let (low, high) = (anchors[index], anchors[index + 1])
        return (
            low.red + (high.red - low.red) * share, low.green + (high.green - low.green) * share,
            low.blue + (high.blue - low.blue) * share
        )
    }
}
