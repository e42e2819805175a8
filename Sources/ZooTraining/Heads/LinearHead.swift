public import ZooCore
public import ZooTensor

/// The last layer of a classifier: `logits = features · weightᵀ + bias`, as `torch.nn.Linear`.
///
/// Where the layer is a 1×1 convolution with a ReLU and a mean behind it (SqueezeNet), features are whole images, pixel by
/// pixel, and the logits are the means over the pixels of `max(pixel · weightᵀ + bias, 0)`.
public struct LinearHead: Sendable, Hashable {
    /// `classes × features`, as PyTorch stores it.
    public var weight: Matrix
    /// One number a class; empty for a layer without bias.
    public var bias: [Float]
    /// How many pixels the features of one image are, for a convolution with a ReLU and a mean behind it; `nil` for a
    /// plain linear layer.
    public let pixelCount: Int?

    /// A head from its parameters.
    ///
    /// - Precondition: there are as many biases as rows of `weight`, or none.
    public init(weight: Matrix, bias: [Float], pixelCount: Int? = nil) {
        precondition(
            bias.isEmpty || bias.count == weight.rowCount, "\(bias.count) biases for \(weight.rowCount) classes")
        self.weight = weight
        self.bias = bias
        self.pixelCount = pixelCount
    }

    /// A new head, whose weights are drawn.
    ///
    /// - Parameter initialisation: How; by default evenly within Xavier's bounds, with zero bias.
    public init(
        featureCount: Int, classCount: Int, hasBias: Bool = true, pixelCount: Int? = nil,
        initialisation: HeadInitialisation = .xavier, generator: inout SeededGenerator
    ) {
        let (weight, bias) = initialisation.draw(
            featureCount: featureCount, classCount: classCount, hasBias: hasBias, generator: &generator)
        self.init(weight: weight, bias: bias, pixelCount: pixelCount)
    }

    /// The number of inputs, of a pixel where there are pixels.
    public var featureCount: Int { weight.columnCount }
    /// The number of outputs.
    public var classCount: Int { weight.rowCount }

    /// The logits of each row of `features`.
    ///
    /// - Parameter features: `N × features`, or `N × (pixels · features)`.
    /// - Returns: `N × classes`.
    /// - Complexity: O(N · pixels · features · classes).
    public func logits(of features: Matrix) -> Matrix {
        average(responses(to: features))
    }

    /// The parameters as a state dict has them: `PREFIX.weight` and, where there is one, `PREFIX.bias`.
    public func tensors(prefix: String) -> [(name: String, tensor: Tensor)] {
        let shape: Shape = pixelCount == nil ? [classCount, featureCount] : [classCount, featureCount, 1, 1]
        let weight = [("\(prefix).weight", Tensor(weight.values, shape: shape))]
        return bias.isEmpty ? weight : weight + [("\(prefix).bias", Tensor(bias, shape: [classCount]))]
    }
}

extension LinearHead {
    /// What the layer gives for each row, or each pixel of each row, after the ReLU where there is one.
    func responses(to features: Matrix) -> Matrix {
        var result = Matrix.product(pixels(of: features), .asIs, weight, .transposed)
        if !bias.isEmpty {
            for start in stride(from: 0, to: result.values.count, by: classCount) {
                for index in 0..<classCount { result.values[start + index] += bias[index] }
            }
        }
        if pixelCount != nil { for index in result.values.indices { result.values[index].clamp() } }
        return result
    }

    /// The logits of ``responses(to:)``.
    func average(_ responses: Matrix) -> Matrix {
        guard let pixelCount else { return responses }
        var result = Matrix(zeros: responses.rowCount / pixelCount, classCount)
        for row in 0..<responses.rowCount {
            let (start, target) = (row * classCount, row / pixelCount * classCount)
            for index in 0..<classCount { result.values[target + index] += responses.values[start + index] }
        }
        for index in result.values.indices { result.values[index] /= Float(pixelCount) }
        return result
    }

    /// The derivatives of the loss by weight and bias.
    ///
    /// - Parameters:
    ///   - gradient: The derivative by each logit, `N × classes`.
    ///   - responses: Those to `features`.
    /// - Complexity: O(N · pixels · features · classes).
    func slopes(_ gradient: Matrix, responses: Matrix, features: Matrix) -> (weight: Matrix, bias: [Float]) {
        var inner = gradient
        if let pixelCount {
            inner = responses
            for row in 0..<responses.rowCount {
                let (start, source) = (row * classCount, row / pixelCount * classCount)
                for index in 0..<classCount {
                    let isOpen = responses.values[start + index] > 0
                    inner.values[start + index] = isOpen ? gradient.values[source + index] / Float(pixelCount) : 0
                }
            }
        }
        let weight = Matrix.product(inner, .transposed, pixels(of: features), .asIs)
        return (weight, bias.isEmpty ? [] : inner.columnSums())
    }

    private func pixels(of features: Matrix) -> Matrix {
        guard let pixelCount else { return features }
        return Matrix(
            rowCount: features.rowCount * pixelCount, columnCount: featureCount, values: features.values)
    }
}

extension Float {
    /// Makes a negative number zero; NaN stays.
    fileprivate mutating func clamp() {
        if self < 0 { self = 0 }
    }
}
