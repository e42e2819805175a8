import ZooEngine

/// Parameters with gradients, wherever they are: in the engine's memory or in a head's matrices.
protocol LearntParameters: AnyObject {
    /// The names of the parameters, always in the same order.
    var names: [String] { get }

    /// Lets `change` move each parameter: its name, its values, and the gradient that belongs to them.
    func move(_ change: (_ name: String, _ values: inout MutableSpan<Float>, _ gradient: Span<Float>) -> Void)

    /// Lets `change` move each gradient: the name, the gradient, and the values that belong to it.
    func changeGradients(
        _ change: (_ name: String, _ gradient: inout MutableSpan<Float>, _ values: Span<Float>) -> Void)
}

// The names differ from the engine's, whose functions are generic over what is thrown: Swift 6.3 cannot take those for
// the protocol's.
extension TrainableParameters: LearntParameters {
    func move(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        update { name, values, gradient in change(name, &values, gradient) }
    }

    func changeGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        adjustGradients { name, gradient, values in change(name, &gradient, values) }
    }
}
