internal import SystemPackage
internal import ZooCore

/// Which columns of a CSV file, or keys of JSON objects, a list is read from.
struct ListColumns {
    /// Those with labels: `label`, or the names of the tasks.
    let labels: [String]
    /// Whether the labels are those of tasks: then a label may be missing, and other columns do not count.
    let areTasks: Bool
    /// Whether columns of tasks may be missing, though not all of them.
    let mayLackTasks: Bool

    /// The columns of a list with one label an image.
    static let usual = ListColumns(labels: ["label"], areTasks: false, mayLackTasks: false)

    /// Those of a list with a column of labels for each of some tasks.
    static func tasks(_ names: [String], mayLackTasks: Bool) -> ListColumns {
        ListColumns(labels: names, areTasks: true, mayLackTasks: mayLackTasks)
    }

    /// All of them, in the order that a CSV file without a heading has.
    var names: [String] { ["path"] + labels + ["split"] }

    /// The column that a heading, or key, stands for; the case matters only where two columns differ by nothing else.
    func name(of heading: String) -> String? {
        if names.contains(heading) { return heading }
        let lowered = heading.lowercased()
        return names.first { $0.lowercased() == lowered }
    }

    /// What is wrong where a list has no column for one of the tasks.
    ///
    /// - Parameter found: the columns that the list has.
    func missing(_ task: String, among found: [String], _ path: FilePath, _ line: Int) -> ImageError {
        let others = found.filter { !["path", "split"].contains($0.lowercased()) }
        let question = Suggestion.question(Suggestion.nearest(to: task, among: others)).map { " \($0)" } ?? ""
        return ImageList.error(
            path, line,
            "there is no column '\(task)' with labels of that task; the columns are \(found.joined(separator: ", "))."
                + question)
    }

    /// Makes sure that the columns of the tasks are there.
    ///
    /// - Parameter found: the columns that the list has, as it calls them.
    /// - Returns: The tasks without a column.
    func requireTasks(among found: [String], _ path: FilePath, _ line: Int) throws(ImageError) -> [String] {
        let known = Set(found.compactMap { name(of: $0) })
        let absent = labels.filter { !known.contains($0) }
        guard let first = absent.first else { return [] }
        guard mayLackTasks, absent.count < labels.count else { throw missing(first, among: found, path, line) }
        return absent
    }
}

/// What is worth a word about a list with several columns of labels.
public struct ListRemarks: Sendable, Hashable {
    /// Columns that say nothing here.
    public var unusedColumns: [String] = []
    /// Tasks that the list has no column for.
    public var absentTasks: [String] = []
    /// The lines of images that have no label for any task, which are left out.
    public var unlabelledLines: [Int] = []

    /// Nothing to say.
    public init() {}
}
