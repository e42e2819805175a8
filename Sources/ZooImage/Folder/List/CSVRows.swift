internal import SystemPackage
internal import ZooCore

/// The rows of a CSV file (RFC 4180): fields with commas between them, in double quotes where they hold commas, quotes
/// (doubled) or line ends.
enum CSVRows {
    /// The images of the file whose text is `text`.
    static func read(
        _ text: String, _ columns: ListColumns, _ path: FilePath
    ) throws(ImageError) -> ImageList.Table {
        var records = try records(text, path)
        var table = ImageList.Table()
        guard let first = records.first else { return table }
        // What each field of a line is; nothing for a column that does not count.
        var order: [String?] = Array(columns.names.prefix(max(first.fields.count, 2)))
        if columns.areTasks {
            order = try taskColumns(of: first.fields, columns, path, first.line)
            table.unusedColumns = zip(first.fields, order).filter { $1 == nil }.map(\.0)
            table.absentTasks = try columns.requireTasks(among: first.fields, path, first.line)
            records.removeFirst()
        } else if isHeading(first.fields) {
            order = try usualColumns(of: first.fields, path, first.line)
            records.removeFirst()
        }
        table.rows.reserveCapacity(records.count)
        let shown = columns.areTasks ? first.fields : order.compactMap { $0 }
        for record in records { table.rows.append(try row(record, order, shown, columns, path)) }
        return table
    }

    private struct Record {
        let line: Int
        var fields: [String]
    }

    /// - Parameter shown: how an error names the columns.
    private static func row(
        _ record: Record, _ order: [String?], _ shown: [String], _ columns: ListColumns, _ path: FilePath
    ) throws(ImageError) -> ImageList.Row {
        let largest = columns.areTasks ? order.count : columns.names.count
        guard record.fields.count == order.count, order.count <= largest else {
            throw ImageList.error(
                path, record.line,
                "there are \(record.fields.count) fields, expected \(min(order.count, largest)): "
                    + "\(shown.joined(separator: ",")); put a field that holds a comma in double quotes")
        }
        var values: [String: String] = [:]
        for (column, field) in zip(order, record.fields) {
            if let column { values[column] = field }
        }
        for column in columns.areTasks ? ["path"] : ["path", "label"] where values[column, default: ""].isEmpty {
            let needed = columns.areTasks ? "a path" : "a path and a label"
            throw ImageList.error(path, record.line, "the \(column) is empty; every image needs \(needed)")
        }
        return ImageList.Row(
            line: record.line, path: values["path", default: ""],
            labels: columns.labels.map { values[$0].flatMap { $0.isEmpty ? nil : $0 } }, split: values["split"])
    }

    /// Whether the first row names columns: it has one of their names where an image would have its path or label.
    private static func isHeading(_ fields: [String]) -> Bool {
        guard let first = fields.first, !ClassWalk.isImage(first) else { return false }
        return fields.contains { ListColumns.usual.names.contains($0.lowercased()) }
    }

    private static func usualColumns(
        of fields: [String], _ path: FilePath, _ line: Int
    ) throws(ImageError) -> [String] {
        var columns: [String] = []
        for field in fields {
            guard let column = ListColumns.usual.name(of: field) else {
                throw ImageList.unknown(column: field, path, line)
            }
            try requireOnce(column, columns, path, line)
            columns.append(column)
        }
        for column in ["path", "label"] where !columns.contains(column) {
            throw ImageList.error(path, line, "the heading has no column '\(column)'; a list needs path and label")
        }
        return columns
    }

    /// What each column is of a list with tasks, which may have others that do not count.
    private static func taskColumns(
        of fields: [String], _ columns: ListColumns, _ path: FilePath, _ line: Int
    ) throws(ImageError) -> [String?] {
        // Of columns that differ in case alone the one that was named counts.
        let order = fields.map { field in
            columns.name(of: field).flatMap { $0 == field || !fields.contains($0) ? $0 : nil }
        }
        guard order.contains("path") else {
            throw ImageList.error(
                path, line,
                "there is no heading with a column 'path'; a list with several columns of labels begins with one, such as "
                    + "\(columns.names.dropLast().joined(separator: ","))")
        }
        var known: [String] = []
        for case let column? in order {
            try requireOnce(column, known, path, line)
            known.append(column)
        }
        return order
    }

    private static func requireOnce(
        _ column: String, _ known: [String], _ path: FilePath, _ line: Int
    ) throws(ImageError) {
        guard known.contains(column) else { return }
        throw ImageList.error(path, line, "the column '\(column)' stands there twice; keep one")
    }

    /// Takes the text apart; empty lines do not count.
    private static func records(_ text: String, _ path: FilePath) throws(ImageError) -> [Record] {
        var records: [Record] = []
        var scanner = CSVScanner(text)
        while let fields = try scanner.next(path) {
            if fields != [""] { records.append(Record(line: scanner.recordLine, fields: fields)) }
        }
        return records
    }
}

/// Reads one record after the other.
private struct CSVScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// The line that the last record began on.
    private(set) var recordLine = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The fields of the next record, or `nil` at the end.
    mutating func next(_ path: FilePath) throws(ImageError) -> [String]? {
        guard position < bytes.count else { return nil }
        recordLine = line
        var fields: [String] = []
        while true {
            let isQuoted = position < bytes.count && bytes[position] == UInt8(ascii: "\"")
            fields.append(isQuoted ? try quoted(path) : plain())
            guard position < bytes.count else { return fields }
            let end = bytes[position]
            position += 1
            if end == UInt8(ascii: ",") { continue }
            if end == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
            }
            line += 1
            return fields
        }
    }

    /// A field up to the next comma or line end, which is left; spaces around it do not count.
    private mutating func plain() -> String {
        let start = position
        while position < bytes.count, !Self.isEnd(bytes[position]) { position += 1 }
        var field = bytes[start..<position]
        while let first = field.first, first == 0x20 || first == 0x09 { field.removeFirst() }
        while let last = field.last, last == 0x20 || last == 0x09 { field.removeLast() }
        return String(decoding: field, as: UTF8.self)
    }

    /// A field in double quotes.
    private mutating func quoted(_ path: FilePath) throws(ImageError) -> String {
        let startLine = line
        var field: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\n") { line += 1 }
                field.append(byte)
            } else if position < bytes.count, bytes[position] == byte {
                field.append(byte)
                position += 1
            } else {
                guard position == bytes.count || Self.isEnd(bytes[position]) else {
                    throw ImageList.error(
                        path, line, "something follows a closing quote; double the quotes inside a quoted field")
                }
                return String(decoding: field, as: UTF8.self)
            }
        }
        throw ImageList.error(path, startLine, "a quoted field has no closing quote")
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
