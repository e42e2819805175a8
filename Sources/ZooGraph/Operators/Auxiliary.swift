import ZooTensor

/// A branch that only training uses: the auxiliary heads of GoogLeNet and Inception V3.
///
/// Nothing is computed and nothing reads its result, which is its input. Its tensors may be in a checkpoint and may be
/// missing.
public struct Auxiliary: Operator {
    let tensors: [Parameter]

    /// A branch made of those layers; only their names and parameters count.
    public init(_ layers: [(name: String, operation: Operation)]) {
        tensors = layers.flatMap { layer in
            layer.operation.parameters.map { Parameter("\(layer.name).\($0.name)", $0.shape, .unused) }
        }
    }

    var name: String { "auxiliary head" }
    var parameters: [Parameter] { tensors }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { inputs[0] }
}
