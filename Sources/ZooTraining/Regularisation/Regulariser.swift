/// Penalties on the values of parameters, added to their gradients before an optimiser's step.
///
/// - L1: λ·Σ|p|. Makes small values smaller, to zero.
/// - L2-SP: α/2·Σ(p − p₀)² for a parameter that was pretrained, which holds it near its start p₀; β/2·Σp² for one that
///   was not, such as the new head. Source: Li, Grandvalet and Davoine, *Explicit Inductive Bias for Transfer Learning
///   with Convolutional Networks* (2018).
///
/// ```swift
/// regulariser.remember("layer1.0.conv1.weight", values)      // once, before the first step
/// regulariser.add(to: &gradient, of: "layer1.0.conv1.weight", values: values)
/// ```
///
/// Gradients are added in the order of the values, whatever that is; it has to be the same in every call.
public struct Regulariser: Sendable {
    /// How strong the penalties are.
    public struct Strengths: Sendable, Hashable {
        /// λ of L1.
        public var l1: Float
        /// α of L2-SP, for parameters with a start.
        public var towardsStart: Float
        /// β of L2-SP, for the others.
        public var towardsZero: Float

        /// The strengths; 0 is no penalty.
        public init(l1: Float = 0, towardsStart: Float = 0, towardsZero: Float = 0) {
            (self.l1, self.towardsStart, self.towardsZero) = (l1, towardsStart, towardsZero)
        }
    }

    /// How strong the penalties are.
    public let strengths: Strengths
    private var starts: [String: [Float]] = [:]

    /// A regulariser that knows no starts yet.
    public init(_ strengths: Strengths) {
        self.strengths = strengths
    }

    /// Takes the values of a pretrained parameter as its start.
    ///
    /// - Complexity: O(elements); nothing is copied where no penalty needs it.
    public mutating func remember(_ name: String, _ values: Span<Float>) {
        guard strengths.towardsStart != 0 else { return }
        starts[name] = Array(copying: values)
    }

    /// Adds the derivatives of the penalties on one parameter.
    ///
    /// - Precondition: `gradient` and `values` have the same length, that of the start where there is one.
    /// - Complexity: O(elements), one pass for each kind of penalty.
    public func add(to gradient: inout MutableSpan<Float>, of name: String, values: Span<Float>) {
        precondition(gradient.count == values.count, "gradient and values differ in length")
        if strengths.l1 != 0 { Self.addSigns(&gradient, values, strengths.l1) }
        if let start = starts[name] {
            precondition(start.count == values.count, "the length of '\(name)' changed")
            Self.addDistance(&gradient, values, start.span, strengths.towardsStart)
        } else if strengths.towardsZero != 0 {
            gradient.add(values, times: strengths.towardsZero)
        }
    }

    /// What the penalties on one parameter add to the loss; for reports.
    ///
    /// - Complexity: O(elements).
    public func penalty(of name: String, values: Span<Float>) -> Double {
        var sizes = 0.0
        for index in values.indices { sizes += Double(abs(values[index])) }
        let first = Double(strengths.l1) * sizes
        guard let start = starts[name] else {
            return first + Double(strengths.towardsZero) / 2 * values.dot(values)
        }
        precondition(start.count == values.count, "the length of '\(name)' changed")
        var squares = 0.0
        for index in values.indices {
            let distance = Double(values[index]) - Double(start[index])
            squares += distance * distance
        }
        return first + Double(strengths.towardsStart) / 2 * squares
    }

    // The loops are functions of their own, so that the compiler knows their bounds and vectorises them.

    private static func addSigns(_ gradient: inout MutableSpan<Float>, _ values: Span<Float>, _ strength: Float) {
        for index in 0..<gradient.count {
            let value = values[index]
            gradient[index] += (value > 0 ? strength : 0) - (value < 0 ? strength : 0)
        }
    }

    private static func addDistance(
        _ gradient: inout MutableSpan<Float>, _ values: Span<Float>, _ start: Span<Float>, _ strength: Float
    ) {
        for index in 0..<gradient.count { gradient[index] += strength * (values[index] - start[index]) }
    }
}
