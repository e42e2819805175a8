public import ZooTensor

extension LinearHead: FeatureHead {
    /// `linear`.
    public static let kind = "linear"

    /// `weight`, `classes × features`, and where there is one `bias`.
    public var tensors: [(name: String, tensor: Tensor)] {
        let weight = [("weight", Tensor(weight.values, shape: [classCount, weight.columnCount]))]
        return bias.isEmpty ? weight : weight + [("bias", Tensor(bias, shape: [classCount]))]
    }

    /// None.
    public var settings: [String: String] { [:] }

    /// The head that a file keeps.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for other tensors.
    public init(tensors: [String: Tensor], settings: [String: String]) throws {
        let parts = HeadParts(kind: Self.kind, tensors: tensors, settings: settings)
        let weight = try parts.matrix("weight")
        self.init(
            weight: weight, bias: try parts.vector("bias", count: weight.rowCount, isOptional: true))
    }
}
