// Operations that replace each value of a channel by another one.

extension Image {
    /// Only the upper `bits` of each value are kept.
    func posterized(bits: Int) -> Image {
        let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
        let table = (0..<256).map { UInt8($0) & mask }
        return mapped { _ in table }
    }

    /// Values from `threshold` on are inverted.
    func solarized(threshold: Double) -> Image {
        let table = (0..<256).map { Double($0) < threshold ? UInt8($0) : 255 - UInt8($0) }
        return mapped { _ in table }
    }

    /// Each channel is stretched to 0…255.
    func autocontrasted() -> Image {
        let histograms = self.histograms
        return mapped { channel in
            let histogram = histograms[channel]
            guard let low = histogram.firstIndex(where: { $0 > 0 }), let high = histogram.lastIndex(where: { $0 > 0 }),
                high > low
            else { return Self.identity }
            let scale = 255.0 / Double(high - low)
            let offset = Double(-low) * scale
            return (0..<256).map { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
        }
    }

    /// Each channel gets an even histogram.
    func equalized() -> Image {
        let histograms = self.histograms
        return mapped { channel in
            let histogram = histograms[channel]
            let used = histogram.filter { $0 > 0 }
            guard used.count > 1, let last = used.last else { return Self.identity }
            let step = (used.reduce(0, +) - last) / 255
            guard step > 0 else { return Self.identity }
            var sum = step / 2
            return histogram.map { count in
                defer { sum += count }
                return UInt8(min(sum / step, 255))
            }
        }
    }

    /// Each value replaced by the one that the table of its channel names.
    ///
    /// - Parameter table: 256 values for the channel 0, 1 or 2.
    func mapped(_ table: (Int) -> [UInt8]) -> Image {
        let tables = (0..<3).flatMap(table)
        var result = pixels
        for start in stride(from: 0, to: pixels.count, by: 3) {
            for channel in 0..<3 { result[start + channel] = tables[256 * channel + Int(pixels[start + channel])] }
        }
        return Image(width: width, height: height, pixels: result)
    }

    private static let identity = (0...255).map { UInt8($0) }

    /// How often each value occurs, channel by channel.
    private var histograms: [[Int]] {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
        for channel in 0..<3 {
            for index in stride(from: channel, to: pixels.count, by: 3) { counts[channel][Int(pixels[index])] += 1 }
        }
        return counts
    }
}
