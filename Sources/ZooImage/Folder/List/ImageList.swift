internal import SystemPackage
internal import ZooCore

/// A file that lists images with their classes: CSV, or a JSON object a line.
///
/// Columns are `path`, `label` and, if wanted, `split`; CSV needs a heading only where their order is another one. In place of
/// `label` there may be a column for each of several tasks; then CSV needs a heading. Paths are relative to the folder of the
/// list.
struct ImageList {
    /// One image of the list.
    struct Entry {
        let line: Int
        let path: FilePath
        /// The label of each column of labels, in the order of ``ListColumns/labels``; `nil` where it is missing.
        let labels: [String?]
        /// `train`, or one of ``ImageFolder/validationNames``.
        let split: String

        /// The label where there is one column of labels.
        var label: String { labels.first.flatMap { $0 } ?? "" }
    }

    /// The list itself.
    let path: FilePath
    /// The images in the order of the list.
    let entries: [Entry]
    /// Columns that are not read, and tasks without a column.
    let unusedColumns, absentTasks: [String]

    /// Reads the list at `path`.
    ///
    /// - Throws: ``ImageError`` `.unreadable`; `.badFolder` naming the line: a column or key that is not known, a field
    ///   that is missing, a path that stands on two lines, a file that does not exist.
    /// - Complexity: O(bytes); every file is looked up, none is opened.
    init(_ path: FilePath, _ columns: ListColumns = .usual) throws(ImageError) {
        self.path = path
        let table = try Self.table(path, columns)
        (unusedColumns, absentTasks) = (table.unusedColumns, table.absentTasks)
        let rows = table.rows
        guard !rows.isEmpty else {
            throw ImageError(.badFolder, path, "the list is empty; write a path and a label on each line")
        }
        let folder = path.removingLastComponent()
        var entries: [Entry] = []
        entries.reserveCapacity(rows.count)
        var lines: [FilePath: Int] = [:]
        var missing: [Row] = []
        for row in rows {
            let file = folder.pushing(FilePath(row.path)).lexicallyNormalized()
            if let earlier = lines.updateValue(row.line, forKey: file) {
                throw Self.error(
                    path, row.line, "'\(row.path)' stands on line \(earlier) too; remove one of the two lines")
            }
            if !FolderListing.exists(file) { missing.append(row) }
            entries.append(Entry(line: row.line, path: file, labels: row.labels, split: try Self.split(row, path)))
        }
        if let first = missing.first {
            let others = missing.count == 1 ? "" : "; \(missing.count - 1) more files of the list are missing"
            throw Self.error(
                path, first.line,
                "there is no file '\(first.path)' in \(folder.string.isEmpty ? "." : folder.string); paths are relative to "
                    + "the list\(others)")
        }
        self.entries = entries
    }

    /// One line as it was read.
    struct Row {
        let line: Int
        let path: String
        let labels: [String?]
        let split: String?
    }

    /// All lines as they were read.
    struct Table {
        var rows: [Row] = []
        var unusedColumns: [String] = []
        var absentTasks: [String] = []
    }

    /// The lines of a list of either format.
    private static func table(_ path: FilePath, _ columns: ListColumns) throws(ImageError) -> Table {
        var bytes = try FileBytes.read(path)[...]
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ImageError(.badFolder, path, "the list is not UTF-8 text; a list is CSV or a JSON object a line")
        }
        let isJSON = bytes.first { !JSONLinesRows.blanks.contains($0) } == UInt8(ascii: "{")
        return isJSON ? try JSONLinesRows.read(text, columns, path) : try CSVRows.read(text, columns, path)
    }

    private static func split(_ row: Row, _ path: FilePath) throws(ImageError) -> String {
        guard let split = row.split, !split.isEmpty, split != "train" else { return "train" }
        guard ImageFolder.validationNames.contains(split) else {
            let names = ["train"] + ImageFolder.validationNames
            let question = Suggestion.question(Suggestion.nearest(to: split, among: names))
            throw error(
                path, row.line,
                "the split is '\(split)', expected one of \(names.joined(separator: ", ")). \(question ?? "")")
        }
        return split
    }

    /// An error about a line.
    static func error(_ path: FilePath, _ line: Int, _ problem: String) -> ImageError {
        ImageError(.badFolder, path, "line \(line): \(problem)")
    }

    /// What is wrong with a column or key that is not known.
    static func unknown(column: String, _ path: FilePath, _ line: Int) -> ImageError {
        let names = ListColumns.usual.names
        let question = Suggestion.question(Suggestion.nearest(to: column, among: names)).map { " \($0)" } ?? ""
        return error(
            path, line, "'\(column)' is no column of a list; they are \(names.joined(separator: ", ")).\(question)")
    }
}
