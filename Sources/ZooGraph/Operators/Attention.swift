import ZooCore
public import ZooTensor

/// Multi-head attention among the pixels of each row, between its input and output projections.
///
/// The channels are queries, keys and values, `C` each, and of each of these the heads, `d = C/heads` channels each:
/// `y[h] = softmax(scale · q[h] · k[h]ᵀ + positions[h] + mask) · v[h]` with a row of pixels as the rows of the matrices.
///
/// Inputs `N×3C×G×T`, then the positions `1×heads×T×T` where there are any, then an image of any channels where there is
/// a mask; output `N×C×G×T`.
public struct Attention: Operator {
    /// How many independent attentions there are.
    public let heads: Int
    /// What products of queries and keys are multiplied by.
    public let scale: Double
    /// Whether the second input is added to the products.
    public let hasPositions: Bool
    /// The windows that the rows are. Pixels that were no neighbours before the image was moved get −100 added to their
    /// product, as in Swin; the last input is an image of the size that was cut. `nil` for no mask.
    public let mask: WindowGrid?

    /// Creates the operation.
    ///
    /// - Precondition: `heads` is positive.
    public init(heads: Int, scale: Double, hasPositions: Bool = false, mask: WindowGrid? = nil) {
        precondition(heads > 0, "heads")
        self.heads = heads
        self.scale = scale
        self.hasPositions = hasPositions
        self.mask = mask
    }

    var name: String { "attention" }
    var inputCount: Int { 1 + (hasPositions ? 1 : 0) + (mask == nil ? 0 : 1) }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let input = inputs[0]
        try input.requireImages()
        guard input[1] % (3 * heads) == 0 else {
            throw ShapeMismatch("\(input[1]) channels are not queries, keys and values of \(heads) heads")
        }
        guard !hasPositions || inputs[1] == [1, heads, input[3], input[3]] else {
            throw ShapeMismatch("positions \(inputs[1]) do not fit rows of \(input[3]) pixels and \(heads) heads")
        }
        if let mask, let image = inputs.last {
            try image.requireImages()
            let cut = try mask.cut(height: image[2], width: image[3])
            guard input[2] == cut.windowCount, input[3] == mask.windowArea else {
                throw ShapeMismatch("\(input) are not the windows of an image \(image)")
            }
        }
        guard Checked.product([input[0], input[2], heads, input[3], input[3]]) != nil else {
            throw ShapeMismatch("rows of \(input[3]) pixels are too long")
        }
        return try Shape.checked([input[0], input[1] / 3, input[2], input[3]])
    }

    func multiplyAdds(output: Shape) -> Int { Checked.product([2, output.elementCount, output[3]]) ?? .max }

    /// What keeps pixels of one window apart.
    ///
    /// - Parameter image: The shape of the last input.
    /// - Returns: For every pixel of every row a number; where two numbers of a row differ, −100 is added to the product.
    ///   Empty if nothing is masked.
    /// - Complexity: O(pixels).
    public func parts(image: Shape?) -> [Int] {
        guard let mask, let image, let cut = try? mask.cut(height: image[2], width: image[3]) else { return [] }
        return cut.parts
    }
}

/// Queries and keys of length one, the queries times a learnt factor for each head, before ``Attention`` (Swin V2).
///
/// `q / max(‖q‖, 1e-12) · exp(min(factor, ln 100))` and `k / max(‖k‖, 1e-12)` over the channels of a head; values stay.
///
/// Inputs `N×3C×G×T` and the factors `1×heads×1×1`, output `N×3C×G×T`.
public struct HeadNorm: Operator {
    /// How many heads there are.
    public let heads: Int

    /// Creates the operation.
    ///
    /// - Precondition: `heads` is positive.
    public init(heads: Int) {
        precondition(heads > 0, "heads")
        self.heads = heads
    }

    var name: String { "head norm" }
    var inputCount: Int { 2 }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages()
        guard inputs[0][1] % (3 * heads) == 0, inputs[1] == [1, heads, 1, 1] else {
            throw ShapeMismatch("\(inputs[0]) with factors \(inputs[1]) are not queries and keys of \(heads) heads")
        }
        return inputs[0]
    }
}

/// One number for every two pixels of a window, by how far they lie apart along each axis.
///
/// `y[h, i, j] = x[h, yᵢ − yⱼ + height − 1, xᵢ − xⱼ + width − 1]` for pixels `i` and `j` of the window, row by row.
///
/// Input `1×heads×(2·height − 1)×(2·width − 1)`, output `1×heads×T×T` with `T = height·width`. Checkpoints hold the places
/// that are read, in `relative_position_index`.
public struct RelativePositions: Operator {
    /// The window's `height×width`.
    public let window: Extent
    /// Whether the checkpoint's index is `T×T` (MaxViT); otherwise it has one axis (Swin).
    public let hasSquareIndex: Bool

    /// Creates the operation.
    ///
    /// - Precondition: the window is not empty.
    public init(window: Extent, hasSquareIndex: Bool = false) {
        precondition(min(window.height, window.width) > 0, "window")
        self.window = window
        self.hasSquareIndex = hasSquareIndex
    }

    /// The table's height and width.
    public var table: Extent { Extent(2 * window.height - 1, 2 * window.width - 1) }

    /// For every two pixels the pixel of the table, row by row.
    public var index: [Int] {
        let pixels = (0..<window.height * window.width).map { ($0 / window.width, $0 % window.width) }
        return pixels.flatMap { first in
            pixels.map { second in
                (first.0 - second.0 + window.height - 1) * table.width + first.1 - second.1 + window.width - 1
            }
        }
    }

    var name: String { "relative positions" }

    var parameters: [Parameter] {
        let area = window.height * window.width
        return [Parameter("relative_position_index", hasSquareIndex ? [area, area] : [area * area], .derived)]
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let area = window.height * window.width
        guard inputs[0].rank == 4, inputs[0][0] == 1, inputs[0][2] == table.height, inputs[0][3] == table.width else {
            throw ShapeMismatch("\(inputs[0]) is no table for windows of \(window)")
        }
        return try Shape.checked([1, inputs[0][1], area, area])
    }
}
