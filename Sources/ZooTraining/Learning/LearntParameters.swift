import ZooEngine

/// Parameters with gradients, wherever they are: in the engine's memory or in a head's matrices.
protocol LearntParameters: AnyObject {
    /// The names of the parameters, always in the same order.
    var names: [String] { get }

    /// Lets `change` move each parameter: its name, its values, and the gradient that belongs to them.
    func update(_ change: (_ name: String, _ values: inout MutableSpan<Float>, _ gradient: Span<Float>) -> Void)

    /// Lets `change` move each gradient: the name, the gradient, and the values that belong to it.
    func adjustGradients(
        _ change: (_ name: String, _ gradient: inout MutableSpan<Float>, _ values: Span<Float>) -> Void)
}

extension TrainableParameters: LearntParameters {
    func update(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        update { (name, values: inout MutableSpan<Float>, gradient) throws(Never) in change(name, &values, gradient) }
    }

    func adjustGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        adjustGradients { (name, gradient: inout MutableSpan<Float>, values) throws(Never) in
            change(name, &gradient, values)
        }
    }
}
