import ZooTensor

/// A head that is trained by steps along the gradient of a loss.
protocol DifferentiableHead: FeatureHead {
    /// The logits, and what their derivatives need.
    ///
    /// - Parameter drop: Drops some of the inputs of the last layer.
    func pass(_ features: Matrix, dropping drop: (inout Matrix) -> Void) -> HeadPass

    /// The derivatives of the loss by each parameter, in the order of ``visitParameters(_:)``.
    ///
    /// - Parameter gradient: The derivative by each logit, `N × classes`.
    func slopes(_ gradient: Matrix, _ pass: HeadPass) -> [[Float]]

    /// Lets `visit` see and change each parameter: its name, such as `weight`, and its elements.
    mutating func visitParameters(_ visit: (String, inout [Float]) throws -> Void) rethrows

    /// The parameters as tensors, their names behind `prefix` and a dot.
    func tensors(prefix: String) -> [(name: String, tensor: Tensor)]
}

/// What a ``DifferentiableHead`` made of a batch.
struct HeadPass {
    /// `N × classes`.
    let logits: Matrix
    /// Whatever the derivatives need: the inputs of its layers and what came out.
    let memory: [Matrix]
}

extension LinearHead: DifferentiableHead {
    func pass(_ features: Matrix, dropping drop: (inout Matrix) -> Void) -> HeadPass {
        var features = features
        drop(&features)
        let responses = responses(to: features)
        return HeadPass(logits: average(responses), memory: [features, responses])
    }

    func slopes(_ gradient: Matrix, _ pass: HeadPass) -> [[Float]] {
        let slopes = slopes(gradient, responses: pass.memory[1], features: pass.memory[0])
        return bias.isEmpty ? [slopes.weight.values] : [slopes.weight.values, slopes.bias]
    }

    mutating func visitParameters(_ visit: (String, inout [Float]) throws -> Void) rethrows {
        try visit("weight", &weight.values)
        if !bias.isEmpty { try visit("bias", &bias) }
    }
}
