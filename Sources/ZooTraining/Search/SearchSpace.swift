import ZooCore

/// The settings that a search may choose from: a dimension for each, with the values that it may have.
///
/// As text, dimensions with spaces between them: `lr=log(1e-4,1e-1) batch-size=int(8,64) momentum=uniform(0.8,0.99)
/// augment=none,light,standard`. Alternatives are separated by commas, or by `|` where they have commas themselves.
public struct SearchSpace: Sendable, Hashable {
    /// One setting.
    public struct Dimension: Sendable, Hashable {
        /// The name of the option, without dashes.
        public let name: String
        /// Its values.
        public let values: Values
    }

    /// What a setting may be.
    public enum Values: Sendable, Hashable {
        /// One of these.
        case choices([String])
        /// A number between two positive bounds, even on a logarithmic scale.
        case logarithmic(Double, Double)
        /// A number between two bounds.
        case uniform(Double, Double)
        /// A whole number between two bounds, both included.
        case integer(Int, Int)
    }

    /// The dimensions, in the order of the text.
    public let dimensions: [Dimension]

    /// Reads a space.
    ///
    /// - Parameters:
    ///   - texts: one or several texts, which are joined.
    ///   - known: the names that there are.
    /// - Throws: ``TrainingError`` (`invalidSetting`) for a name that is not known, with the nearest one, or that comes
    ///   twice; for bounds that are no numbers, or the wrong way round; for an empty space.
    public init(_ texts: [String], known: Set<String>) throws(TrainingError) {
        var dimensions: [Dimension] = []
        for word in texts.joined(separator: " ").split(separator: " ") {
            guard let equals = word.firstIndex(of: "=") else {
                throw Self.refusal("'\(word)' has no '='; a setting is NAME=VALUE,VALUE or NAME=log(LOW,HIGH)")
            }
            let name = String(word[..<equals])
            guard known.contains(name) else {
                let advice = Suggestion.question(Suggestion.nearest(to: name, among: known.sorted()))
                throw Self.refusal("there is no option '--\(name)' to search\(advice.map { ". " + $0 } ?? "")")
            }
            guard !dimensions.contains(where: { $0.name == name }) else {
                throw Self.refusal("'\(name)' is there twice")
            }
            let values = try Self.values(String(word[word.index(after: equals)...]), of: name)
            dimensions.append(Dimension(name: name, values: values))
        }
        guard !dimensions.isEmpty else { throw Self.refusal("there is nothing to choose from") }
        self.dimensions = dimensions
    }

    /// A space that was written down, whose names were known then.
    ///
    /// - Throws: As the other.
    init(recorded text: String) throws(TrainingError) {
        let names = text.split(separator: " ").compactMap { $0.split(separator: "=").first.map(String.init) }
        try self.init([text], known: Set(names))
    }

    private static func values(_ text: String, of name: String) throws(TrainingError) -> Values {
        if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
            let parts = text[text.index(after: open)...].dropLast().split(separator: ",")
            let numbers = parts.compactMap { Double($0) }
            guard numbers.count == 2, parts.count == 2, numbers.allSatisfy(\.isFinite) else {
                throw refusal("\(name)=\(text): two numbers are needed in the parentheses")
            }
            return try range(String(text[..<open]), numbers[0], numbers[1], "\(name)=\(text)")
        }
        let separator: Character = text.contains("|") ? "|" : ","
        let choices = text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard !choices.contains("") else { throw refusal("\(name)=\(text): a value is empty") }
        guard Set(choices).count == choices.count else { throw refusal("\(name)=\(text): a value is there twice") }
        return .choices(choices)
    }

    private static func range(
        _ kind: String, _ low: Double, _ high: Double, _ place: String
    ) throws(TrainingError) -> Values {
        guard low < high else { throw refusal("\(place): the first bound must be the lower one") }
        switch kind {
        case "log":
            guard low > 0 else { throw refusal("\(place): a logarithmic scale begins above 0") }
            return .logarithmic(low, high)
        case "uniform": return .uniform(low, high)
        case "int":
            guard let first = Int(exactly: low), let last = Int(exactly: high) else {
                throw refusal("\(place): the bounds must be whole numbers")
            }
            return .integer(first, last)
        default:
            let advice = Suggestion.question(Suggestion.nearest(to: kind, among: ["log", "uniform", "int"]))
            throw refusal("\(place): '\(kind)' is none of log, uniform and int\(advice.map { ". " + $0 } ?? "")")
        }
    }

    private static func refusal(_ message: String) -> TrainingError {
        TrainingError(.invalidSetting, "the search space: \(message)")
    }
}
