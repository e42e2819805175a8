import ZooCore
public import ZooTensor

/// Pixels at other places: nothing is computed.
public enum Rearrangement: Operator {
    /// The pixels of each window in a row of their own: `N×C×H×W` becomes `N×C×windows×pixels`.
    case windows(WindowGrid)
    /// The image that was cut into windows. The second input is any image of its size; its values do not matter.
    case image(WindowGrid)
    /// Squares of 2×2 pixels as one, their channels one after another, left column first; the image is padded with zeros
    /// to even sizes. `N×C×H×W` becomes `N×4C×⌈H/2⌉×⌈W/2⌉` (Swin's patch merging).
    case squares
    /// The first pixel alone: `N×C×1×1`.
    case firstPixel

    var name: String {
        switch self {
        case .windows: "windows"
        case .image: "image of windows"
        case .squares: "squares"
        case .firstPixel: "first pixel"
        }
    }

    var inputCount: Int { if case .image = self { 2 } else { 1 } }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let input = inputs[0]
        try input.requireImages()
        switch self {
        case .windows(let grid):
            let cut = try grid.cut(height: input[2], width: input[3])
            return try Shape.checked([input[0], input[1], cut.windowCount, grid.windowArea])
        case .image(let grid):
            try inputs[1].requireImages()
            let cut = try grid.cut(height: inputs[1][2], width: inputs[1][3])
            guard [input[0], input[2], input[3]] == [inputs[1][0], cut.windowCount, grid.windowArea] else {
                throw ShapeMismatch("\(input) are not the windows of an image \(inputs[1])")
            }
            return try Shape.checked([input[0], input[1], inputs[1][2], inputs[1][3]])
        case .squares:
            guard let channels = Checked.product([4, input[1]]) else { throw ShapeMismatch("too many channels") }
            return try Shape.checked([input[0], channels, (input[2] + 1) / 2, (input[3] + 1) / 2])
        case .firstPixel: return [input[0], input[1], 1, 1]
        }
    }

    /// Where the result's pixels come from: for every pixel of the result as many pixels of the first input as the
    /// channels grow, or −1 for zeros.
    ///
    /// - Parameters:
    ///   - input: The first input's shape.
    ///   - output: The result's shape.
    /// - Precondition: The shapes are those of a graph.
    /// - Complexity: O(pixels).
    public func sources(input: Shape, output: Shape) -> [Int] {
        switch self {
        case .windows(let grid): return (try? grid.cut(height: input[2], width: input[3]))?.pixels ?? []
        case .image(let grid): return (try? grid.cut(height: output[2], width: output[3]))?.places ?? []
        case .firstPixel: return [0]
        case .squares:
            var result: [Int] = []
            for i in 0..<output[2] {
                for j in 0..<output[3] {
                    for (y, x) in [(2 * i, 2 * j), (2 * i + 1, 2 * j), (2 * i, 2 * j + 1), (2 * i + 1, 2 * j + 1)] {
                        result.append(y < input[2] && x < input[3] ? y * input[3] + x : -1)
                    }
                }
            }
            return result
        }
    }
}
