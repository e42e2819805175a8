public import ZooTensor

/// What a conversion does to a checkpoint.
public struct ConversionOptions: Sendable {
    /// The key of the part to write, such as `state_dict`, or keys joined with `.`; `.` for the whole checkpoint.
    ///
    /// Without it PyTorch's formats get the whole checkpoint, the other formats its state dict.
    public var select: String?
    /// Cut from the front of the names that have it, one after another.
    public var strippedPrefixes: [String] = []
    /// Applied to every name, one after another.
    public var renames: [RenameRule] = []
    /// If there are any: names must match one of them.
    public var includes: [Glob] = []
    /// Names must match none of them.
    public var excludes: [Glob] = []
    /// Whether 8-bit integers with scales, those of `zoo quantize` and those that PyTorch quantised, become float32.
    public var dequantises = false
    /// The floating-point type that floating-point tensors of the network get: float32, float16 or bfloat16.
    public var dtype: DType?
    /// Whether floating-point tensors of four axes go from `O×I×H×W` to `O×H×W×I`, as MLX wants them.
    public var isChannelsLast = false
    /// Whether the state of optimizers, learning-rate schedulers and gradient scalers is left out.
    public var dropsOptimizer = false
    /// The length in bytes that a safetensors file should not exceed; larger checkpoints become several files and an
    /// index.
    public var largestShard: Int?

    /// No change.
    public init() {}
}
