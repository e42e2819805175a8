/// "Did you mean …?": the known words nearest to a misspelt one.
public enum Suggestion {
    /// Longer words are neither suggested nor looked for, so that hostile names cost little.
    static let longestWord = 256

    /// The words of `known` that a person who wrote `word` most likely meant, best first; often none.
    ///
    /// The case of letters does not count. A word is near if few edits (insert, delete, replace, swap two neighbours)
    /// lead to it, about one for every three characters, or if `word` is its beginning. Only the nearest are returned,
    /// and beginnings before others that are as near.
    ///
    /// ```swift
    /// Suggestion.nearest(to: "resnet81", among: ["resnet18", "resnet34"])     // ["resnet18"]
    /// ```
    ///
    /// - Parameter limit: At most so many are returned.
    /// - Complexity: O(*n*·*m*²) at worst, for *n* known words of *m* characters; most are ruled out by their length.
    public static func nearest(to word: String, among known: [String], limit: Int = 3) -> [String] {
        let target = Array(word.lowercased().unicodeScalars)
        guard !target.isEmpty, target.count <= longestWord else { return [] }
        let cutoff = max(1, target.count / 3)
        var found: [(word: String, score: Int, isPrefixed: Bool, distance: Int)] = []
        for candidate in known {
            let scalars = Array(candidate.lowercased().unicodeScalars)
            guard scalars.count <= longestWord else { continue }
            let isPrefixed = target.count >= 3 && scalars.starts(with: target)
            if isPrefixed {
                found.append((candidate, min(1, scalars.count - target.count), true, scalars.count - target.count))
            } else if let distance = editDistance(target, scalars, atMost: cutoff) {
                found.append((candidate, distance, false, distance))
            }
        }
        guard let best = found.map(\.score).min() else { return [] }
        // The sort is stable: equally near words keep their order.
        let ranked = found.filter { $0.score == best }.sorted {
            $0.isPrefixed != $1.isPrefixed ? $0.isPrefixed : $0.distance < $1.distance
        }
        return Array(ranked.prefix(limit).map(\.word))
    }

    /// "Did you mean 'resnet18' or 'resnet34'?" for the end of an error message, or `nil` without suggestions.
    public static func question(_ suggestions: [String]) -> String? {
        guard let last = suggestions.last else { return nil }
        let others = suggestions.dropLast().map { "'\($0)'" }.joined(separator: ", ")
        return "Did you mean \(others.isEmpty ? "" : "\(others) or ")'\(last)'?"
    }

    /// The number of edits between two words (Damerau and Levenshtein's distance in its restricted form, where no part
    /// is edited twice), or `nil` if it is above `limit`.
    static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], atMost limit: Int) -> Int? {
        guard abs(a.count - b.count) <= limit else { return nil }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [Int](repeating: 0, count: b.count + 1)
            row[0] = i + 1
            var smallest = row[0]
            for j in 0..<b.count {
                var edits = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    edits = min(edits, beforeLast[j - 1] + 1)
                }
                row[j + 1] = edits
                smallest = min(smallest, edits)
            }
            // A swap reaches back two rows, which can save one edit at most.
            if smallest > limit + 1 { return nil }
            (beforeLast, last) = (last, row)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }
}
