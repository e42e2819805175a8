/// A linear growth of the learning rate at the beginning of a run, as `LinearLR`.
public struct WarmUp: Sendable, Hashable {
    /// How long the rate grows.
    public enum Length: Sendable, Hashable {
        /// From epoch to epoch. The schedule begins afterwards, as with `SequentialLR` and in torchvision's reference
        /// script: its epochs are counted from there.
        case epochs(Int)
        /// From step to step. The schedule begins with the run, and its rate is multiplied, as where two of PyTorch's
        /// schedulers change one optimiser.
        case steps(Int)
    }

    /// How long the rate grows.
    public var length: Length
    /// What the rate is multiplied by in the first step, of 0...1. torchvision's script uses 0.01.
    public var startFactor: Double

    /// A warm-up.
    public init(_ length: Length, startFactor: Double = 0.01) {
        self.length = length
        self.startFactor = startFactor
    }

    func factor(_ count: Int, of total: Int) -> Double {
        count < total ? startFactor + (1 - startFactor) * Double(count) / Double(total) : 1
    }
}

extension WarmUp: CustomStringConvertible {
    /// The warm-up that a text names: `5` (epochs), `500steps`, `5/0.01` (with the first factor).
    ///
    /// - Throws: ``TrainingError`` (`invalidSetting`).
    public init(parsing text: String) throws(TrainingError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let inSteps = parts.first?.hasSuffix("steps") ?? false
        guard let count = Int(inSteps ? parts[0].dropLast(5) : parts.first ?? ""), count >= 0,
            let factor = parts.count == 2 ? Double(parts[1]) : 0.01, (0...1).contains(factor)
        else {
            throw TrainingError(
                .invalidSetting,
                "'\(text)' is no warm-up; expected are a number of epochs or steps and perhaps the first factor, of 0 to 1, "
                    + "as in '5', '500steps' or '5/0.01'")
        }
        self.init(inSteps ? .steps(count) : .epochs(count), startFactor: factor)
    }

    /// The text that names the warm-up; it gives the same warm-up again.
    public var description: String {
        switch length {
        case .epochs(let count): "\(count)/\(startFactor)"
        case .steps(let count): "\(count)steps/\(startFactor)"
        }
    }
}
