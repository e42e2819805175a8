import ZooCore

/// The values of a setting such as `plateau=0.1/5/min:1e-6`: a name, then values in their order or with their keys.
///
/// Values are taken one after another; what is left at the end is an error.
struct SettingText {
    let text: String
    let name: String
    private var values: [String: String] = [:]

    /// Splits a setting.
    ///
    /// - Parameters:
    ///   - text: `NAME`, or `NAME=VALUE/…/KEY:VALUE…`; values without a key come first.
    ///   - kind: What the names are names of.
    ///   - keys: The keys of each name in their order.
    /// - Throws: ``TrainingError`` (`invalidSetting`) for an unknown name or key, too many values, or one given twice.
    init(_ text: String, of kind: String, keys: [(name: String, keys: [String])]) throws(TrainingError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts.first ?? ""
        (self.text, self.name) = (text, name)
        guard let known = keys.first(where: { $0.name == name })?.keys else {
            throw Self.unknown("the \(kind) '\(name)' is unknown", name, keys.map(\.name))
        }
        guard parts.count == 2 else { return }
        var isKeyed = false
        for (index, part) in parts[1].split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            let pair = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            isKeyed = isKeyed || pair.count == 2
            guard isKeyed || index < known.count else {
                throw error("has \(index + 1) values, \(known.count) at most are expected")
            }
            let key = isKeyed ? pair[0] : known[index]
            guard !isKeyed || pair.count == 2 else {
                throw error(
                    "the value '\(part)' needs a key, since one before it has one: \(known.joined(separator: ", "))")
            }
            guard known.contains(key) else { throw Self.unknown("\(text): the key '\(key)' is unknown", key, known) }
            guard values.updateValue(pair.last ?? "", forKey: key) == nil else {
                throw error("'\(key)' is given twice")
            }
        }
    }

    private static func unknown(_ what: String, _ word: String, _ known: [String]) -> TrainingError {
        let question = Suggestion.question(Suggestion.nearest(to: word, among: known))
        let list = known.isEmpty ? "There is none" : "There are: \(known.joined(separator: ", "))"
        return TrainingError(.invalidSetting, "\(what). \(question ?? list)")
    }

    func error(_ what: String) -> TrainingError {
        TrainingError(.invalidSetting, "\(text): \(what)")
    }

    func text(_ key: String) -> String? { values[key] }

    /// A number that `isValid`; `nil` if none was given.
    func number(
        _ key: String, _ expected: String, _ isValid: (Double) -> Bool
    ) throws(TrainingError) -> Double? {
        guard let text = values[key] else { return nil }
        guard let number = Double(text), number.isFinite, isValid(number) else {
            throw error("\(key) is '\(text)', expected is \(expected)")
        }
        return number
    }

    /// A whole number of at least `minimum`; `nil` if none was given.
    func integer(_ key: String, atLeast minimum: Int) throws(TrainingError) -> Int? {
        guard let text = values[key] else { return nil }
        guard let number = Int(text), number >= minimum else {
            throw error("\(key) is '\(text)', expected is a whole number of at least \(minimum)")
        }
        return number
    }

    /// One of the words of an enumeration; `nil` if none was given.
    func word<Word: CaseIterable & RawRepresentable<String>>(_ key: String) throws(TrainingError) -> Word? {
        guard let text = values[key] else { return nil }
        guard let word = Word(rawValue: text) else {
            throw Self.unknown(
                "\(self.text): \(key) is '\(text)', which is unknown", text, Word.allCases.map(\.rawValue))
        }
        return word
    }
}
