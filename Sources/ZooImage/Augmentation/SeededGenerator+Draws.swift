internal import Glibc
internal import ZooCore

extension SeededGenerator {
    /// A number drawn evenly from `range`, with 53 random bits.
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        let share = Double(next() >> 11) * 0x1p-53
        return min(range.lowerBound + share * (range.upperBound - range.lowerBound), range.upperBound)
    }

    /// A number drawn evenly from 0 up to but not including `count`.
    ///
    /// - Precondition: `count` is positive.
    mutating func index(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// `true` as often as `probability` says.
    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number drawn from the standard normal distribution (Box and Muller, 1958).
    mutating func normal() -> Float {
        let radius = (-2 * log(1 - Double(next() >> 11) * 0x1p-53)).squareRoot()
        return Float(radius * cos(2 * Double.pi * Double(next() >> 11) * 0x1p-53))
    }
}

extension ClosedRange<Double> {
    /// For messages and for the text of an augmentation: `0.08..1`.
    var text: String { "\(lowerBound.shortText)..\(upperBound.shortText)" }
}

extension Double {
    /// The shortest text that is read as the same number, without `.0` behind whole numbers.
    var shortText: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
