internal import Glibc
internal import ZooCore

/// The distribution Beta(α, α) on 0…1.
struct SymmetricBeta {
    let alpha: Double

    /// A number drawn from it, by way of two gamma variates.
    func draw(using generator: inout SeededGenerator) -> Double {
        let (first, second) = (logGamma(using: &generator), logGamma(using: &generator))
        // In logarithms, since for a small α both variates may be too small for a float64.
        return 1 / (1 + exp(second - first))
    }

    /// The logarithm of a number drawn from Gamma(α, 1) (Marsaglia and Tsang, "A simple method for generating gamma
    /// variables", 2000; for α below 1 by its remark: Gamma(α + 1) · U^(1/α)).
    private func logGamma(using generator: inout SeededGenerator) -> Double {
        guard alpha >= 1 else {
            let boost = log(generator.openUniform()) / alpha
            return SymmetricBeta(alpha: alpha + 1).logGamma(using: &generator) + boost
        }
        let d = alpha - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = generator.standardNormal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(generator.openUniform()) < 0.5 * x * x + d - d * v + d * log(v) { return log(d) + log(v) }
        }
    }
}

extension SeededGenerator {
    /// A number above 0 and below 1.
    fileprivate mutating func openUniform() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// A number drawn from the standard normal distribution (Box and Muller, 1958).
    fileprivate mutating func standardNormal() -> Double {
        (-2 * log(openUniform())).squareRoot() * cos(2 * Double.pi * openUniform())
    }
}
