internal import FoundationEssentials
internal import SystemPackage

/// The rows of a file with a JSON object on each line: `{"path": "a.jpg", "label": "cat", "split": "val"}`.
enum JSONLinesRows {
    /// What may stand before the first object.
    static let blanks: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

    /// The images of the file whose text is `text`.
    static func read(
        _ text: String, _ columns: ListColumns, _ path: FilePath
    ) throws(ImageError) -> ImageList.Table {
        let decoder = JSONDecoder()
        var table = ImageList.Table()
        var keys: Set<String> = []
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() where !bytes.allSatisfy({ blanks.contains($0) }) {
            let line = index + 1
            guard let fields = try? decoder.decode([String: Field].self, from: Data(bytes)) else {
                throw unreadable(path, line)
            }
            keys.formUnion(fields.keys)
            table.rows.append(try row(fields, columns, path, line))
        }
        guard columns.areTasks, !table.rows.isEmpty else { return table }
        let found = keys.sorted()
        table.unusedColumns = found.filter { columns.name(of: $0) == nil }
        table.absentTasks = try columns.requireTasks(among: found, path, table.rows[0].line)
        return table
    }

    private static func unreadable(_ path: FilePath, _ line: Int) -> ImageError {
        ImageList.error(
            path, line, "it is no JSON object of texts; expected {\"path\": …, \"label\": …} on each line")
    }

    private static func row(
        _ fields: [String: Field], _ columns: ListColumns, _ path: FilePath, _ line: Int
    ) throws(ImageError) -> ImageList.Row {
        if !columns.areTasks, let key = fields.keys.sorted().first(where: { !columns.names.contains($0) }) {
            throw ImageList.unknown(column: key, path, line)
        }
        var values: [String: String] = [:]
        // The key as it is comes after those that differ in case, so that it is the one that counts.
        for (key, field) in fields.sorted(by: { $0.key < $1.key }) {
            guard let column = columns.areTasks ? columns.name(of: key) : key, column == key || fields[column] == nil
            else { continue }
            switch field {
            case .text(let text): values[column] = text
            case .missing: if !columns.areTasks { throw unreadable(path, line) }
            case .other: throw columns.areTasks ? otherLabel(column, path, line) : unreadable(path, line)
            }
        }
        for key in columns.areTasks ? ["path"] : ["path", "label"] where values[key, default: ""].isEmpty {
            let needed = columns.areTasks ? "a path" : "a path and a label"
            throw ImageList.error(path, line, "'\(key)' is missing; every image needs \(needed)")
        }
        return ImageList.Row(
            line: line, path: values["path", default: ""],
            labels: columns.labels.map { values[$0].flatMap { $0.isEmpty ? nil : $0 } }, split: values["split"])
    }

    private static func otherLabel(_ column: String, _ path: FilePath, _ line: Int) -> ImageError {
        ImageList.error(
            path, line, "'\(column)' is neither text nor a whole number, true, false or null, which a label may be")
    }

    /// What an object has under one key.
    private enum Field: Decodable {
        /// A text, a whole number or a truth value, such as a label may be.
        case text(String)
        /// `null`: no label.
        case missing
        /// Anything else.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .missing
            } else if let truth = try? container.decode(Bool.self) {
                self = .text("\(truth)")
            } else if let number = try? container.decode(Int.self) {
                self = .text("\(number)")
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }
    }
}
