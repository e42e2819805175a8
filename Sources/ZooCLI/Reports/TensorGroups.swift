import ZooCheckpoint
import ZooTensor

/// The tensors of a checkpoint by the beginnings of their names.
struct TensorGroups {
    /// Tensors whose names begin alike.
    struct Group {
        let name: String
        var tensorCount = 0
        var elementCount = 0
        var byteCount = 0
    }

    /// The groups, in the order of the first tensor of each.
    let groups: [Group]

    /// The finest grouping with `limit` groups at most; that by first parts, if even that has more.
    ///
    /// What all names begin with tells nothing and is left out.
    ///
    /// - Complexity: O(tensors · parts of a name).
    init(_ tensors: [TensorEntry], limit: Int) {
        let names = tensors.map { $0.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
        let common = Self.commonLength(names)
        let deepest = (names.map(\.count).max() ?? 1) - common
        var best = Self.group(tensors, names, from: common, depth: 1)
        for depth in stride(from: 2, through: min(max(deepest - 1, 1), 12), by: 1) {
            let finer = Self.group(tensors, names, from: common, depth: depth)
            guard finer.count <= limit else { break }
            best = finer
        }
        groups = best
    }

    /// How many parts all names begin with, without the last part of any.
    private static func commonLength(_ names: [[String]]) -> Int {
        guard let first = names.first, names.count > 1 else { return 0 }
        var length = 0
        while names.allSatisfy({ $0.count > length + 2 && $0[length] == first[length] }) { length += 1 }
        return length
    }

    private static func group(_ tensors: [TensorEntry], _ names: [[String]], from start: Int, depth: Int) -> [Group] {
        var groups: [Group] = []
        var places: [String: Int] = [:]
        for (entry, parts) in zip(tensors, names) {
            // The last part is the parameter, such as `weight`; a name of one part stands for itself.
            let end = min(start + depth, max(parts.count - 1, start + 1))
            let name = parts[start..<end].joined(separator: ".")
            let place = places[name, default: groups.count]
            if place == groups.count {
                places[name] = place
                groups.append(Group(name: name.isEmpty ? "(the file itself)" : name))
            }
            groups[place].tensorCount += 1
            groups[place].elementCount += entry.shape.elementCount
            groups[place].byteCount += entry.isMeta ? 0 : entry.layout.byteCount
        }
        return groups
    }
}
