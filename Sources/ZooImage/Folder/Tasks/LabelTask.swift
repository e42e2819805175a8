/// One of several questions that are asked about every image, such as its species or its sex.
public struct LabelTask: Sendable, Hashable, Codable {
    /// What the question is called: the name of a column of labels.
    public let name: String
    /// The names of the answers, sorted by code points.
    public let classes: [String]

    /// A question and its answers.
    public init(name: String, classes: [String]) {
        self.name = name
        self.classes = classes
    }
}

extension [LabelTask] {
    /// How many outputs a network has for all tasks: one for each class of each.
    public var outputCount: Int { reduce(0) { $0 + $1.classes.count } }

    /// Which outputs of a network answer each task: those of the first come first.
    public var outputRanges: [Range<Int>] {
        var start = 0
        return map { task in
            defer { start += task.classes.count }
            return start..<start + task.classes.count
        }
    }

    /// The names of the outputs: `species: ant`, `species: bee`, `sex: female`.
    public var outputNames: [String] {
        flatMap { task in task.classes.map { "\(task.name): \($0)" } }
    }
}
