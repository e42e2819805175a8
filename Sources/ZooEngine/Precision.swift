/// The type of the numbers that a network computes with.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// 32 bits, 24 of them for the digits: PyTorch's default.
    case float32 = "fp32"
    /// The upper 16 bits of a float32, 8 of them for the digits. Sums are still formed in float32, and weights are kept in
    /// float32 while training.
    case bfloat16 = "bf16"

    /// What this processor does with it.
    ///
    /// - Throws: ``EngineError`` (`unsupportedProcessor`) for one that cannot run networks at all.
    public func support() throws(EngineError) -> PrecisionSupport {
        let bfloat16 = try EngineThread.shared.perform { () throws(EngineError) in try Library.shared().bfloat16 }
        return self == .bfloat16 ? bfloat16 : .native
    }
}

/// How well a processor computes with a type of numbers.
public enum PrecisionSupport: Sendable, Hashable {
    /// It has instructions for it.
    case native
    /// Numbers are widened before and rounded after every instruction: right, and slower than float32.
    case emulated
    /// There are no kernels for it.
    case missing
}
