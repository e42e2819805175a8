import Glibc
public import ZooCore

/// How the weights of a new output layer are drawn.
///
/// For a layer of so many *features* (`fan_in`) and *classes* (`fan_out`). A good start is near zero: the first gradients
/// then say the same of every class.
public enum HeadInitialisation: String, Sendable, Hashable, CaseIterable {
    /// Glorot and Bengio (2010): evenly from ±√(6 / (features + classes)), `torch.nn.init.xavier_uniform_`; no bias.
    case xavier
    /// He et al. (2015): normally with the deviation √(2 / features), `torch.nn.init.kaiming_normal_` with its default
    /// `mode="fan_in"` for ReLU; no bias. (torchvision's ResNets use `fan_out` for their convolutions, which would make
    /// the weights of a head with few classes large.)
    case kaiming
    /// What `torch.nn.Linear` begins with: weights and biases evenly from ±√(1 / features).
    case torch
    /// All zero: every class is as likely at first.
    case zero

    /// Draws weights and biases.
    ///
    /// The same generator gives the same numbers.
    ///
    /// - Returns: The weight, `classes × features`, and the bias, one number a class or none.
    /// - Complexity: O(features · classes).
    public func draw(
        featureCount: Int, classCount: Int, hasBias: Bool = true, generator: inout SeededGenerator
    ) -> (weight: Matrix, bias: [Float]) {
        var weight = Matrix(zeros: classCount, featureCount)
        var bias = [Float](repeating: 0, count: hasBias ? classCount : 0)
        switch self {
        case .xavier:
            let bound = (6 / Float(featureCount + classCount)).squareRoot()
            for index in weight.values.indices { weight.values[index] = (2 * generator.uniform() - 1) * bound }
        case .kaiming:
            let deviation = (2 / Double(featureCount)).squareRoot()
            for index in weight.values.indices { weight.values[index] = Float(deviation * generator.normal()) }
        case .torch:
            let bound = (1 / Float(featureCount)).squareRoot()
            for index in weight.values.indices { weight.values[index] = (2 * generator.uniform() - 1) * bound }
            for index in bias.indices { bias[index] = (2 * generator.uniform() - 1) * bound }
        case .zero: break
        }
        return (weight, bias)
    }
}

extension SeededGenerator {
    /// A number drawn from the normal distribution of mean 0 and deviation 1 (Box and Muller, 1958).
    fileprivate mutating func normal() -> Double {
        // From 2^-53 to 1, so that the logarithm is finite.
        let first = (Double(next() >> 11) + 1) * 0x1p-53
        let second = Double(next() >> 11) * 0x1p-53
        return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
    }
}
