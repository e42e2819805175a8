import ZooTensor

/// Which tensors of two checkpoints belong together, before any of their values is looked at.
struct DiffPairing {
    /// Two tensors of one name.
    struct Pair {
        let name: String
        let left: TensorEntry
        let right: TensorEntry

        /// Whether both have a shape only.
        var hasNoValues: Bool { left.isMeta && right.isMeta }
    }

    private(set) var common: [Pair] = []
    private(set) var onlyLeft: [DiffSide.Named] = []
    private(set) var onlyRight: [DiffSide.Named] = []
    private(set) var redescribed: [CheckpointDiff.Redescribed] = []
    private(set) var uncompared: [CheckpointDiff.Uncompared] = []

    init(_ left: DiffSide, _ right: DiffSide) {
        noteUnread(left, right)
        pair(left, right)
        for name in left.descriptions.keys.sorted() {
            guard let first = left.descriptions[name], let second = right.descriptions[name], first != second
            else { continue }
            redescribed.append(.init(name: name, left: first, right: second))
        }
        noteHidden(left.hidden, right.hidden)
    }

    /// Pairs tensors by name. Where names come twice, as `{"a.b": …, "a": {"b": …}}` has them, the first belongs to the
    /// first.
    private mutating func pair(_ left: DiffSide, _ right: DiffSide) {
        let unread = (Set(left.unread.map(\.name)), Set(right.unread.map(\.name)))
        var rest: [String: [TensorEntry]] = [:]
        for (name, entry) in right.tensors.reversed() { rest[name, default: []].append(entry) }
        for (name, entry) in left.tensors {
            if let other = rest[name]?.popLast() {
                add(Pair(name: name, left: entry, right: other))
            } else if !unread.1.contains(name) {
                onlyLeft.append((name, entry))
            }
        }
        // What is left of each name is its last tensors, in order.
        var surplus = rest.mapValues(\.count)
        var later: [DiffSide.Named] = []
        for (name, entry) in right.tensors.reversed() where surplus[name, default: 0] > 0 {
            surplus[name, default: 0] -= 1
            if !unread.0.contains(name) { later.append((name, entry)) }
        }
        onlyLeft += left.beside
        onlyRight = later.reversed() + right.beside
    }

    private mutating func add(_ pair: Pair) {
        let isComparable = pair.left.dtype == pair.right.dtype && pair.left.shape == pair.right.shape
        if pair.left.isMeta != pair.right.isMeta, isComparable {
            uncompared.append(
                .init(
                    name: pair.name, side: pair.left.isMeta ? .left : .right,
                    reason: "a tensor of the 'meta' device has a shape but no values", isAlone: false))
        } else {
            common.append(pair)
        }
    }

    private mutating func noteUnread(_ left: DiffSide, _ right: DiffSide) {
        let names = (Set(left.unread.map(\.name)), Set(right.unread.map(\.name)))
        let known = (left.names, right.names)
        for (name, reason) in left.unread {
            uncompared.append(
                .init(
                    name: name, side: names.1.contains(name) ? .both : .left, reason: reason,
                    isAlone: !known.1.contains(name)))
        }
        for (name, reason) in right.unread where !names.0.contains(name) {
            uncompared.append(.init(name: name, side: .right, reason: reason, isAlone: !known.0.contains(name)))
        }
    }

    private mutating func noteHidden(_ left: [String], _ right: [String]) {
        let reason = "inside an instance of a class that zoo does not know"
        let places = (Set(left), Set(right))
        for place in left {
            uncompared.append(
                .init(name: place, side: places.1.contains(place) ? .both : .left, reason: reason, isAlone: false))
        }
        for place in right where !places.0.contains(place) {
            uncompared.append(.init(name: place, side: .right, reason: reason, isAlone: false))
        }
    }
}

extension Collection<DiffPairing.Pair> {
    /// The bytes of the values that are compared, those of the left side.
    var byteCount: Int { reduce(0) { $0 + ($1.left.isMeta ? 0 : $1.left.layout.byteCount) } }
}
