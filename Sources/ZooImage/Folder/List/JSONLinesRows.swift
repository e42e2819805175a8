internal import FoundationEssentials
internal import SystemPackage

/// The rows of a file with a JSON object on each line: `{"path": "a.jpg", "label": "cat", "split": "val"}`.
enum JSONLinesRows {
    /// What may stand before the first object.
    static let blanks: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

    /// The images of the file whose text is `text`.
    static func read(_ text: String, _ path: FilePath) throws(ImageError) -> [ImageList.Row] {
        let decoder = JSONDecoder()
        var rows: [ImageList.Row] = []
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() where !bytes.allSatisfy({ blanks.contains($0) }) {
            let line = index + 1
            let fields: [String: Field]
            do {
                fields = try decoder.decode([String: Field].self, from: Data(bytes))
            } catch {
                throw ImageList.error(
                    path, line, "it is no JSON object of texts; expected {\"path\": …, \"label\": …} on each line")
            }
            if let key = fields.keys.sorted().first(where: { !ImageList.columns.contains($0) }) {
                throw ImageList.unknown(column: key, path, line)
            }
            for key in ["path", "label"] where fields[key]?.text.isEmpty ?? true {
                throw ImageList.error(path, line, "'\(key)' is missing; every image needs a path and a label")
            }
            rows.append(
                ImageList.Row(
                    line: line, path: fields["path"]?.text ?? "", label: fields["label"]?.text ?? "",
                    split: fields["split"]?.text))
        }
        return rows
    }

    /// A text or a whole number, such as a label may be.
    private struct Field: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}
