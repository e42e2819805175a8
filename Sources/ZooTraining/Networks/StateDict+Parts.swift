import ZooCheckpoint
import ZooGraph

extension StateDict {
    /// The same tensors by the names that their network has today; `self` if these are the names already.
    var withCurrentNames: StateDict {
        let renamed = entries.map { Entry(name: Architecture.currentName(of: $0.name), tensor: $0.tensor) }
        guard zip(entries, renamed).contains(where: { $0.name != $1.name }) else { return self }
        return StateDict(renamed, extras: extras, metadata: metadata, key: key, strippedPrefix: strippedPrefix)
    }

    /// The places where a network may be: the whole, then the tensors under the first part of a name that most names
    /// share, such as `backbone.`, and what most of those share, such as `backbone.body.`, and so on, eight deep at most.
    ///
    /// - Complexity: O(length of all names).
    var partsUnderPrefixes: [(prefix: String, states: StateDict)] {
        var parts = [("", self)]
        var (prefix, rest) = ("", entries)
        while parts.count <= 8, let first = Self.commonFirstPart(rest) {
            prefix += first
            rest = rest.filter { $0.name.hasPrefix(first) }.map {
                Entry(name: String($0.name.dropFirst(first.count)), tensor: $0.tensor)
            }
            parts.append((prefix, StateDict(rest, metadata: metadata, key: key, strippedPrefix: strippedPrefix)))
        }
        return parts
    }

    /// The first part of a name, with its dot, that more than half of the names have.
    private static func commonFirstPart(_ entries: [Entry]) -> String? {
        var counts: [Substring: Int] = [:]
        for entry in entries {
            guard let dot = entry.name.firstIndex(of: "."), dot != entry.name.startIndex else { continue }
            counts[entry.name[...dot], default: 0] += 1
        }
        return counts.first { $0.value * 2 > entries.count }.map { String($0.key) }
    }
}
