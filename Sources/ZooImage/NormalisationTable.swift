/// The float that each 8-bit value of each channel becomes: `(value / 255 - mean) / std`, rounded to float32 after
/// every step, as torchvision computes it.
struct NormalisationTable: Sendable {
    /// 256 floats for red, then for green, then for blue.
    private let values: [Float]

    init(mean: [Float], std: [Float]) {
        values = (0..<3).flatMap { channel in
            (0..<256).map { value in (Float(value) / 255 - mean[channel]) / std[channel] }
        }
    }

    /// Writes `source`, surrounded by black where the axes say so, as `3×H×W` floats.
    ///
    /// - Complexity: O(H·W).
    func write(_ source: borrowing PaddedRows, rows: CropAxis, columns: CropAxis, into output: inout MutableSpan<Float>)
    {
        let plane = rows.outputLength * columns.outputLength
        precondition(output.count == 3 * plane, "the output has 3·H·W elements")
        if rows.range.count < rows.outputLength || columns.range.count < columns.outputLength {
            for channel in 0..<3 {
                for index in channel * plane..<(channel + 1) * plane { output[index] = values[256 * channel] }
            }
        }
        for row in 0..<rows.range.count {
            let first = (row + rows.padding) * columns.outputLength + columns.padding
            write(
                source.bytes.span.extracting(row * source.stride..<row * source.stride + 3 * columns.range.count),
                at: first, plane: plane, into: &output)
        }
    }

    /// Writes all of `image` as `3×H×W` floats.
    ///
    /// - Complexity: O(H·W).
    func write(_ image: borrowing Image, into output: inout MutableSpan<Float>) {
        let plane = image.width * image.height
        precondition(output.count == 3 * plane, "the output has 3·H·W elements")
        write(image.pixels.span, at: 0, plane: plane, into: &output)
    }

    /// Writes the pixels of one row, three bytes each, from the element `first` of each plane on.
    private func write(_ pixels: Span<UInt8>, at first: Int, plane: Int, into output: inout MutableSpan<Float>) {
        let values = values.span
        let count = pixels.count / 3
        // The loop below does not check its bounds: these are the first and the last element that it touches.
        precondition(first >= 0 && first + count + 2 * plane <= output.count && values.count == 768)
        for index in 0..<count {
            unsafe output[unchecked: first + index] = values[unchecked: Int(pixels[unchecked: 3 * index])]
            unsafe output[unchecked: first + index + plane] =
                values[unchecked: 256 + Int(pixels[unchecked: 3 * index + 1])]
            unsafe output[unchecked: first + index + 2 * plane] =
                values[unchecked: 512 + Int(pixels[unchecked: 3 * index + 2])]
        }
    }
}
