internal import ZooCore

/// One step of an augmentation as text, taken apart: `name=value:key=value:key=value`.
struct StepText {
    /// The name before the first `=` or `:`.
    let name: String
    private let text: String
    private var value: Substring?
    private var options: [(key: Substring, value: Substring)] = []
    private var known: [String] = []

    init(_ text: Substring) throws(AugmentationError) {
        self.text = String(text)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let first = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(first[0]).trimmed
        if first.count == 2 { value = Substring(String(first[1]).trimmed) }
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                throw AugmentationError("'\(self.text)': '\(part)' is not of the form key=value")
            }
            options.append((Substring(String(pair[0]).trimmed), Substring(String(pair[1]).trimmed)))
        }
    }

    /// An error about this step.
    func error(_ problem: String) -> AugmentationError {
        AugmentationError("'\(text)': \(problem)")
    }

    /// Takes the value behind the name, or that of the option `key`, out of what is left.
    private mutating func take(_ key: String?) throws(AugmentationError) -> Substring? {
        guard let key else {
            defer { value = nil }
            return value
        }
        known.append(key)
        let found = options.filter { $0.key == key }
        guard found.count < 2 else { throw error("'\(key)' is given \(found.count) times; give it once") }
        options.removeAll { $0.key == key }
        return found.first?.value
    }

    /// A number.
    mutating func number(_ key: String? = nil, default standard: Double) throws(AugmentationError) -> Double {
        guard let text = try take(key) else { return standard }
        return try number(text, key)
    }

    /// A whole number.
    mutating func whole(_ key: String? = nil, default standard: Int) throws(AugmentationError) -> Int {
        guard let text = try take(key) else { return standard }
        return try whole(text, key)
    }

    private func whole(_ text: Substring, _ key: String?) throws(AugmentationError) -> Int {
        guard let number = Int(text) else { throw error("\(label(key)) is '\(text)', expected a whole number") }
        return number
    }

    private func number(_ text: Substring, _ key: String?) throws(AugmentationError) -> Double {
        guard let number = Double(String(text)), number.isFinite else {
            throw error("\(label(key)) is '\(text)', expected a number")
        }
        return number
    }

    /// A range `low..high`; a single number stands for what `single` makes of it.
    mutating func range(
        _ key: String? = nil, default standard: ClosedRange<Double>, single: ((Double) -> ClosedRange<Double>?)? = nil
    ) throws(AugmentationError) -> ClosedRange<Double> {
        guard let text = try take(key) else { return standard }
        return try range(text, key, single: single)
    }

    private func range(
        _ text: Substring, _ key: String?, single: ((Double) -> ClosedRange<Double>?)?
    ) throws(AugmentationError) -> ClosedRange<Double> {
        guard let dots = text.firstRange(of: "..") else {
            guard let single else { throw error("\(label(key)) is '\(text)', expected a range such as 0.5..1") }
            guard let range = single(try number(text, key)) else {
                throw error("\(label(key)) is '\(text)', expected a number of 0 or more, or a range")
            }
            return range
        }
        let low = try number(text[..<dots.lowerBound], key)
        let high = try number(text[dots.upperBound...], key)
        guard low <= high else { throw error("\(label(key)) is '\(text)', expected the smaller number first") }
        return low...high
    }

    /// Up to `count` ranges with `/` between them; those that are missing are `nil`.
    mutating func ranges(
        _ key: String? = nil, count: Int, single: [(Double) -> ClosedRange<Double>?]
    ) throws(AugmentationError) -> [ClosedRange<Double>?] {
        let parts = try list(key, atMost: count)
        var ranges: [ClosedRange<Double>?] = []
        for (index, part) in parts.enumerated() { ranges.append(try range(part, key, single: single[index])) }
        return ranges + Array(repeating: nil, count: count - parts.count)
    }

    /// Whole numbers with `/` between them.
    mutating func wholes(_ key: String? = nil, atMost count: Int) throws(AugmentationError) -> [Int] {
        var numbers: [Int] = []
        for part in try list(key, atMost: count) { numbers.append(try whole(part, key)) }
        return numbers
    }

    /// Numbers with `/` between them.
    mutating func numbers(_ key: String? = nil, atMost count: Int) throws(AugmentationError) -> [Double] {
        var numbers: [Double] = []
        for part in try list(key, atMost: count) { numbers.append(try number(part, key)) }
        return numbers
    }

    /// A word.
    mutating func word(_ key: String? = nil) throws(AugmentationError) -> String? {
        try take(key).map(String.init)
    }

    private mutating func list(_ key: String?, atMost count: Int) throws(AugmentationError) -> [Substring] {
        guard let text = try take(key) else { return [] }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= count else {
            throw error("\(label(key)) has \(parts.count) numbers, expected up to \(count) with / between them")
        }
        return parts
    }

    /// Makes sure that nothing is left.
    func finish() throws(AugmentationError) {
        if let value { throw error("'\(name)' takes no value, found '\(value)'; write '\(name)'") }
        guard let (key, _) = options.first else { return }
        let question = Suggestion.question(Suggestion.nearest(to: String(key), among: known)).map { " \($0)" } ?? ""
        throw error(
            known.isEmpty
                ? "'\(name)' has no options, found '\(key)'"
                : "'\(name)' has no option '\(key)', but \(known.joined(separator: ", ")).\(question)")
    }

    private func label(_ key: String?) -> String { key ?? "the value" }
}

extension String {
    /// Without spaces at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
