import ZooTensor

extension GraphBuilder {
    /// Learnt numbers as an image; see ``LearntMap``.
    public mutating func learntMap(_ name: String, _ map: LearntMap) -> Value {
        append(name, .learntMap(map), [], channels: map.channels)
    }

    /// The pixels of each window in a row of their own; see ``Rearrangement``.
    public mutating func windows(_ x: Value, _ grid: WindowGrid) -> Value {
        let operation = Rearrangement.windows(grid)
        return append(name(of: operation, after: x), .rearrangement(operation), [x], channels: x.channels)
    }

    /// The image of the windows `x`, of the size of `image`; see ``Rearrangement``.
    public mutating func image(_ x: Value, _ grid: WindowGrid, like image: Value) -> Value {
        let operation = Rearrangement.image(grid)
        return append(name(of: operation, after: x), .rearrangement(operation), [x, image], channels: x.channels)
    }

    /// Squares of 2×2 pixels as one; see ``Rearrangement``.
    public mutating func squares(_ x: Value) -> Value {
        append(
            name(of: Rearrangement.squares, after: x), .rearrangement(.squares), [x], channels: 4 * x.channels)
    }

    /// The first pixel alone; see ``Rearrangement``.
    public mutating func firstPixel(_ x: Value) -> Value {
        append(
            name(of: Rearrangement.firstPixel, after: x), .rearrangement(.firstPixel), [x], channels: x.channels)
    }

    /// Multi-head attention among the pixels of each row; see ``Attention``.
    ///
    /// - Parameters:
    ///   - scale: one over the square root of a head's channels if `nil`.
    ///   - positions: what is added to the products of queries and keys.
    ///   - mask: the windows that the rows are, and an image of the size that was cut, where it was moved.
    public mutating func attention(
        _ x: Value, heads: Int, scale: Double? = nil, positions: Value? = nil,
        mask: (grid: WindowGrid, image: Value)? = nil
    ) -> Value {
        let channels = x.channels / 3
        let operation = Attention(
            heads: heads, scale: scale ?? 1 / Double(channels / heads).squareRoot(), hasPositions: positions != nil,
            mask: mask?.grid)
        let inputs = [x] + (positions.map { [$0] } ?? []) + (mask.map { [$0.image] } ?? [])
        return append(name(of: operation, after: x), .attention(operation), inputs, channels: channels)
    }

    /// A linear layer to `hidden` channels, GELU, and one back, on every pixel: what follows attention. The layers are
    /// `prefix.first` and `prefix.second`.
    public mutating func perceptron(
        _ prefix: String, _ x: Value, hidden: Int, layers: (first: Int, second: Int) = (0, 3)
    ) -> Value {
        let y = activation(.gelu, pixelLinear("\(prefix).\(layers.first)", x, outputs: hidden))
        return pixelLinear("\(prefix).\(layers.second)", y, outputs: x.channels)
    }
}
