/// Turns of square images by right angles.
enum QuarterTurn {
    /// Turns each plane of `pixels` counter-clockwise by `turns` right angles, as `torch.rot90(image, turns, (1, 2))`.
    ///
    /// - Parameters:
    ///   - pixels: `C×side×side`, row-major.
    ///   - turns: any number, also a negative one.
    /// - Precondition: `pixels` are whole planes.
    /// - Complexity: O(pixels), in place.
    static func apply(_ turns: Int, to pixels: inout MutableSpan<Float>, side: Int) {
        let turns = ((turns % 4) + 4) % 4
        guard turns > 0 else { return }
        precondition(pixels.count % (side * side) == 0, "planes of \(side)×\(side)")
        for start in stride(from: 0, to: pixels.count, by: side * side) {
            for row in 0..<side / 2 {
                for column in 0..<(side + 1) / 2 {
                    // Four places that take each other's values, each a right angle clockwise of the one before.
                    let (a, b) = (start + row * side + column, start + column * side + side - 1 - row)
                    let c = start + (side - 1 - row) * side + side - 1 - column
                    let d = start + (side - 1 - column) * side + row
                    let values = (pixels[a], pixels[b], pixels[c], pixels[d])
                    (pixels[a], pixels[b], pixels[c], pixels[d]) =
                        switch turns {
                        case 1: (values.1, values.2, values.3, values.0)
                        case 2: (values.2, values.3, values.0, values.1)
                        default: (values.3, values.0, values.1, values.2)
                        }
                }
            }
        }
    }
}
