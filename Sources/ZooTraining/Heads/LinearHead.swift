public import ZooCore
public import ZooTensor

/// The last layer of a classifier: `logits = features · weightᵀ + bias`, as `torch.nn.Linear`.
public struct LinearHead: Sendable, Hashable {
    /// `classes × features`, as PyTorch stores it.
    public var weight: Matrix
    /// One number a class.
    public var bias: [Float]

    /// A head from its parameters.
    ///
    /// - Precondition: there are as many biases as rows of `weight`.
    public init(weight: Matrix, bias: [Float]) {
        precondition(bias.count == weight.rowCount, "\(bias.count) biases for \(weight.rowCount) classes")
        self.weight = weight
        self.bias = bias
    }

    /// A new head: Xavier-uniform weights (Glorot and Bengio, 2010) and zero bias.
    ///
    /// The weights are drawn evenly from ±√(6 / (features + classes)), as `torch.nn.init.xavier_uniform_` does.
    public init(featureCount: Int, classCount: Int, generator: inout SeededGenerator) {
        let bound = (6 / Float(featureCount + classCount)).squareRoot()
        let values = (0..<featureCount * classCount).map { _ in (2 * generator.uniform() - 1) * bound }
        weight = Matrix(rowCount: classCount, columnCount: featureCount, values: values)
        bias = Array(repeating: 0, count: classCount)
    }

    /// The number of inputs.
    public var featureCount: Int { weight.columnCount }
    /// The number of outputs.
    public var classCount: Int { weight.rowCount }

    /// The logits of each row of `features`.
    ///
    /// - Parameter features: `N × features`.
    /// - Returns: `N × classes`.
    /// - Complexity: O(N · features · classes).
    public func logits(of features: Matrix) -> Matrix {
        var logits = Matrix.product(features, .asIs, weight, .transposed)
        for start in stride(from: 0, to: logits.values.count, by: classCount) {
            for index in 0..<classCount { logits.values[start + index] += bias[index] }
        }
        return logits
    }

    /// The parameters as a state dict has them: `PREFIX.weight` and `PREFIX.bias`.
    public func tensors(prefix: String) -> [(name: String, tensor: Tensor)] {
        [
            ("\(prefix).weight", Tensor(weight.values, shape: [classCount, featureCount])),
            ("\(prefix).bias", Tensor(bias, shape: [classCount])),
        ]
    }
}
