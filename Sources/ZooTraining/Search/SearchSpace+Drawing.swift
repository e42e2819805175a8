internal import Glibc
public import ZooCore

/// A value for each dimension of a search space, by name, in the order of the space. Values are texts, as they would be
/// typed, so that a trial can be repeated by hand.
public struct SearchSetting: Sendable, Hashable, Codable {
    /// A name and its value.
    public struct Pair: Sendable, Hashable, Codable {
        /// The name of the option.
        public let name: String
        /// What it is given.
        public let value: String
    }

    /// All of them.
    public let pairs: [Pair]

    /// The value of an option, if the space has it.
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The same without some options.
    public func without(_ names: Set<String>) -> SearchSetting {
        SearchSetting(pairs: pairs.filter { !names.contains($0.name) })
    }
}

extension SearchSpace {
    /// A setting drawn at random, each dimension by itself. Numbers have four digits.
    public func draw(_ generator: inout SeededGenerator) -> SearchSetting {
        SearchSetting(
            pairs: dimensions.map { dimension in
                let share = Double(generator.next() >> 11) * 0x1p-53
                return SearchSetting.Pair(name: dimension.name, value: dimension.values.value(at: share))
            })
    }

    /// Every combination of the choices and of `points` values of each range, its bounds among them; the last dimension
    /// changes fastest.
    ///
    /// - Returns: `nil` if there are more than `limit`.
    /// - Precondition: `points` is at least 2.
    public func grid(points: Int, limit: Int) -> [SearchSetting]? {
        var settings = [SearchSetting(pairs: [])]
        for dimension in dimensions {
            let values = dimension.values.grid(points: points)
            guard let count = Checked.product([settings.count, values.count]), count <= limit else { return nil }
            settings = settings.flatMap { setting in
                values.map { SearchSetting(pairs: setting.pairs + [.init(name: dimension.name, value: $0)]) }
            }
        }
        return settings
    }
}

extension SearchSpace.Values {
    /// The value at a share of the range, from 0 up to 1.
    func value(at share: Double) -> String {
        switch self {
        case .choices(let choices): choices[min(Int(share * Double(choices.count)), choices.count - 1)]
        case .logarithmic(let low, let high): Self.digits(low * pow(high / low, share))
        case .uniform(let low, let high): Self.digits(low + (high - low) * share)
        case .integer(let low, let high): "\(low + min(Int(share * Double(high - low + 1)), high - low))"
        }
    }

    /// A number with four significant digits.
    private static func digits(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let scale = pow(10, 3 - floor(log10(abs(value))))
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }

    func grid(points: Int) -> [String] {
        switch self {
        case .choices(let choices): choices
        case .integer(let low, let high) where high - low < points: (low...high).map(String.init)
        case .integer(let low, let high):
            (0..<points).map { "\(low + Int((Double(high - low) * Double($0) / Double(points - 1)).rounded()))" }
        case .logarithmic, .uniform: (0..<points).map { value(at: Double($0) / Double(points - 1)) }
        }
    }
}
