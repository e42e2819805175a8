/// Keeps gradients from being too large for a step.
///
/// ```swift
/// var norm = GradientNorm()                       // first that of all gradients
/// norm.add(gradient.span)
/// GradientClipping.norm(1).apply(to: &gradient, norm: norm)       // then one after another
/// ```
public enum GradientClipping: Sendable, Hashable {
    /// All gradients together have this L2 norm at most: `torch.nn.utils.clip_grad_norm_`.
    case norm(Float)
    /// Each element lies within ± this: `torch.nn.utils.clip_grad_value_`.
    case value(Float)

    /// Changes the gradient of one parameter.
    ///
    /// - Parameter norm: That of all gradients, before any was changed; counts for ``norm(_:)`` only.
    /// - Complexity: O(elements); O(1) if nothing is to be done.
    public func apply(to gradient: inout MutableSpan<Float>, norm: GradientNorm) {
        switch self {
        case .norm(let largest):
            // As PyTorch: a little less than what was asked for.
            let factor = Double(largest) / (norm.value + 1e-6)
            if !(factor >= 1) { gradient.scale(by: Float(factor)) }
        case .value(let largest): Self.clamp(&gradient, largest)
        }
    }

    /// Changes the gradients of all parameters.
    ///
    /// - Returns: The L2 norm of all of them before.
    /// - Complexity: O(elements).
    @discardableResult
    public func apply(to gradients: inout [String: [Float]]) -> Double {
        var norm = GradientNorm()
        // In an order of their own, so that the same gradients give the same bits.
        for name in gradients.keys.sorted() {
            let gradient = gradients[name] ?? []
            norm.add(gradient.span)
        }
        for index in gradients.values.indices {
            var gradient = gradients.values[index].mutableSpan
            apply(to: &gradient, norm: norm)
        }
        return norm.value
    }

    private static func clamp(_ gradient: inout MutableSpan<Float>, _ largest: Float) {
        for index in 0..<gradient.count {
            let value = gradient[index]
            // NaN stays NaN.
            gradient[index] = value > largest ? largest : value < -largest ? -largest : value
        }
    }
}

/// The L2 norm of several gradients together.
public struct GradientNorm: Sendable, Hashable {
    private var squares = 0.0

    /// The norm of nothing.
    public init() {}

    /// Takes one gradient into account.
    ///
    /// - Complexity: O(elements).
    public mutating func add(_ gradient: Span<Float>) {
        squares += gradient.dot(gradient)
    }

    /// The norm of all that were added; NaN or infinite if an element is.
    public var value: Double { squares.squareRoot() }
}
