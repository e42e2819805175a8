internal import ZooCore

/// Which rows of a source's classifier start which rows of a new one.
public struct ClassifierReuse: Sendable, Hashable {
    /// For each new class the row of the source's classifier that it starts with, or `nil`.
    public let rows: [Int?]

    /// Matches classes by name, whatever the case of their letters; `_` and `-` stand for spaces, and a source's name may
    /// be one of several that commas separate, as ImageNet's are.
    ///
    /// - Parameters:
    ///   - classes: the new classes.
    ///   - source: the source's classes.
    ///   - map: new classes to names, or numbers, of the source's classes; what is not in it is matched by name.
    /// - Throws: ``TrainingError`` (`classMismatch`) for a map with a class that the data, or the source, do not have.
    public init(
        _ classes: [String], source: [String], map: [String: String] = [:]
    ) throws(TrainingError) {
        var known: [String: Int] = [:]
        for (index, name) in source.enumerated() {
            for part in [name] + name.split(separator: ",").map(String.init) {
                let key = Self.key(part)
                if known[key] == nil { known[key] = index }
            }
        }
        if let stranger = map.keys.sorted().first(where: { !classes.contains($0) }) {
            let question = Suggestion.question(Suggestion.nearest(to: stranger, among: classes))
            throw TrainingError(
                .classMismatch,
                "the class map names '\(stranger)', which is no class of the data; they are "
                    + classes.prefix(8).joined(separator: ", ") + (classes.count > 8 ? ", …" : "")
                    + (question.map { ". \($0)" } ?? ""))
        }
        var rows: [Int?] = []
        for name in classes {
            guard let wanted = map[name] else {
                rows.append(known[Self.key(name)])
                continue
            }
            let number = Int(wanted).flatMap { source.indices.contains($0) ? $0 : nil }
            guard let row = known[Self.key(wanted)] ?? number else {
                let question = Suggestion.question(Suggestion.nearest(to: wanted, among: source))
                throw TrainingError(
                    .classMismatch,
                    "the class map takes '\(name)' for '\(wanted)', which the source does not know"
                        + (question.map { ". \($0)" } ?? ""))
            }
            rows.append(row)
        }
        self.rows = rows
    }

    /// How many new classes start with a row of the source.
    public var count: Int { rows.count { $0 != nil } }

    private static func key(_ name: String) -> String {
        let spaced = name.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 }
        return spaced.split(separator: " ").map { String($0) }.joined(separator: " ")
    }

    /// A new head whose matched rows are those of the source's.
    ///
    /// - Precondition: `head` has a row for each new class and as many columns as `weight`; the source's bias is empty or
    ///   as long as it has rows.
    func apply(to head: inout LinearHead, weight: Matrix, bias: [Float]) {
        for (row, source) in rows.enumerated() {
            guard let source else { continue }
            let (start, width) = (row * head.featureCount, head.featureCount)
            head.weight.values.replaceSubrange(start..<start + width, with: weight.row(source))
            if !head.bias.isEmpty, !bias.isEmpty { head.bias[row] = bias[source] }
        }
    }
}
