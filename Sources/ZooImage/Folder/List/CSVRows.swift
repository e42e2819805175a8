internal import SystemPackage
internal import ZooCore

/// The rows of a CSV file (RFC 4180): fields with commas between them, in double quotes where they hold commas, quotes
/// (doubled) or line ends.
enum CSVRows {
    /// The images of the file whose text is `text`.
    static func read(_ text: String, _ path: FilePath) throws(ImageError) -> [ImageList.Row] {
        var records = try records(text, path)
        guard let first = records.first else { return [] }
        var order = Array(ImageList.columns.prefix(max(first.fields.count, 2)))
        if isHeading(first.fields) {
            order = try columns(of: first.fields, path, first.line)
            records.removeFirst()
        }
        var rows: [ImageList.Row] = []
        rows.reserveCapacity(records.count)
        for record in records { rows.append(try row(record, order, path)) }
        return rows
    }

    private struct Record {
        let line: Int
        var fields: [String]
    }

    private static func row(
        _ record: Record, _ order: [String], _ path: FilePath
    ) throws(ImageError) -> ImageList.Row {
        guard record.fields.count == order.count, order.count <= ImageList.columns.count else {
            throw ImageList.error(
                path, record.line,
                "there are \(record.fields.count) fields, expected \(min(order.count, 3)): "
                    + "\(order.joined(separator: ",")); put a field that holds a comma in double quotes")
        }
        var values: [String: String] = [:]
        for (column, field) in zip(order, record.fields) { values[column] = field }
        for column in ["path", "label"] where values[column, default: ""].isEmpty {
            throw ImageList.error(path, record.line, "the \(column) is empty; every image needs a path and a label")
        }
        return ImageList.Row(
            line: record.line, path: values["path", default: ""], label: values["label", default: ""],
            split: values["split"])
    }

    /// Whether the first row names columns: it has one of their names where an image would have its path or label.
    private static func isHeading(_ fields: [String]) -> Bool {
        guard let first = fields.first, !ClassWalk.isImage(first) else { return false }
        return fields.contains { ImageList.columns.contains($0.lowercased()) }
    }

    private static func columns(
        of fields: [String], _ path: FilePath, _ line: Int
    ) throws(ImageError) -> [String] {
        var columns: [String] = []
        for field in fields {
            let column = field.lowercased()
            guard ImageList.columns.contains(column) else {
                throw ImageList.unknown(column: field, path, line)
            }
            guard !columns.contains(column) else {
                throw ImageList.error(path, line, "the column '\(column)' stands there twice; keep one")
            }
            columns.append(column)
        }
        for column in ["path", "label"] where !columns.contains(column) {
            throw ImageList.error(path, line, "the heading has no column '\(column)'; a list needs path and label")
        }
        return columns
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
