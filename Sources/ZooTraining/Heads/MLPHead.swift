public import ZooCore
public import ZooTensor

/// Two layers with a ReLU between them, `torch.nn.Sequential(Linear, ReLU, Dropout, Linear)`:
/// `logits = max(features · first.weightᵀ + first.bias, 0) · last.weightᵀ + last.bias`.
///
/// In place of a network's linear layer `fc` its tensors are `fc.0.weight`, `fc.0.bias`, `fc.3.weight` and `fc.3.bias`.
public struct MLPHead: FeatureHead, Hashable {
    /// `mlp`.
    public static let kind = "mlp"
    /// From the features to what is hidden.
    public var first: LinearHead
    /// From what is hidden to the logits.
    public var last: LinearHead

    /// A head of two layers.
    ///
    /// - Precondition: What the first gives is what the second takes, and both have biases.
    public init(first: LinearHead, last: LinearHead) {
        precondition(first.classCount == last.featureCount, "\(first.classCount) → \(last.featureCount)")
        precondition(!first.bias.isEmpty && !last.bias.isEmpty, "a layer has no bias")
        self.first = first
        self.last = last
    }

    /// A new head, whose weights are drawn.
    public init(
        featureCount: Int, hiddenCount: Int, classCount: Int, initialisation: HeadInitialisation = .xavier,
        generator: inout SeededGenerator
    ) {
        let first = LinearHead(
            featureCount: featureCount, classCount: hiddenCount, initialisation: initialisation, generator: &generator)
        self.init(
            first: first,
            last: LinearHead(
                featureCount: hiddenCount, classCount: classCount, initialisation: initialisation,
                generator: &generator))
    }

    /// How many numbers the features of an image are.
    public var featureCount: Int { first.featureCount }
    /// How many numbers are hidden.
    public var hiddenCount: Int { first.classCount }
    /// How many classes it tells apart.
    public var classCount: Int { last.classCount }

    /// `0.weight`, `0.bias`, `3.weight` and `3.bias`.
    public var tensors: [(name: String, tensor: Tensor)] { first.tensors(prefix: "0") + last.tensors(prefix: "3") }

    /// None.
    public var settings: [String: String] { [:] }

    /// The head that a file keeps.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for other tensors.
    public init(tensors: [String: Tensor], settings: [String: String]) throws {
        let parts = HeadParts(kind: Self.kind, tensors: tensors, settings: settings)
        let first = try parts.matrix("0.weight")
        let last = try parts.matrix("3.weight", columns: first.rowCount)
        self.init(
            first: LinearHead(weight: first, bias: try parts.vector("0.bias", count: first.rowCount)),
            last: LinearHead(weight: last, bias: try parts.vector("3.bias", count: last.rowCount)))
    }

    /// The logits of each row.
    ///
    /// - Complexity: O(N · hidden · (features + classes)).
    public func logits(of features: Matrix) -> Matrix { pass(features, dropping: { _ in }).logits }

    /// The tensors as a state dict has them.
    public func tensors(prefix: String) -> [(name: String, tensor: Tensor)] {
        tensors.map { ("\(prefix).\($0.name)", $0.tensor) }
    }
}

extension MLPHead: DifferentiableHead {
    func pass(_ features: Matrix, dropping drop: (inout Matrix) -> Void) -> HeadPass {
        var hidden = first.responses(to: features)
        for index in hidden.values.indices where hidden.values[index] < 0 { hidden.values[index] = 0 }
        let activated = hidden
        drop(&hidden)
        return HeadPass(logits: last.responses(to: hidden), memory: [features, hidden, activated])
    }

    func slopes(_ gradient: Matrix, _ pass: HeadPass) -> [[Float]] {
        let (features, hidden, activated) = (pass.memory[0], pass.memory[1], pass.memory[2])
        let outer = last.slopes(gradient, responses: pass.logits, features: hidden)
        var inner = Matrix.product(gradient, .asIs, last.weight, .asIs)
        // What was cut off or dropped passes nothing back, and what was kept is larger than it was by one factor.
        for index in inner.values.indices {
            let value = activated.values[index]
            inner.values[index] *= value > 0 ? hidden.values[index] / value : 0
        }
        let deep = first.slopes(inner, responses: hidden, features: features)
        return [deep.weight.values, deep.bias, outer.weight.values, outer.bias]
    }

    mutating func visitParameters(_ visit: (String, inout [Float]) throws -> Void) rethrows {
        try visit("0.weight", &first.weight.values)
        try visit("0.bias", &first.bias)
        try visit("3.weight", &last.weight.values)
        try visit("3.bias", &last.bias)
    }
}
