import Foundation
import SystemPackage
import TestSupport

/// The tables of docs/json.md, for comparing documents with them.
final class JSONSchema {
    /// A place in a document.
    final class Node {
        var types: [String] = []
        /// The section whose table goes on here.
        var like: String?
        var isAlways = false
        var isSeen = false
        var fields: [String: Node] = [:]
        var anyField: Node?
        var element: Node?

        var below: [Node] { Array(fields.values) + [anyField, element].compactMap { $0 } }
        /// Whether it must be there: it, or something in it, always is.
        var isNeeded: Bool { isAlways || below.contains(where: \.isNeeded) }
    }

    /// By the command in the heading.
    private(set) var sections: [String: Node] = [:]
    /// The examples, by section.
    private(set) var examples: [String: String] = [:]
    /// Rows that make no sense.
    private(set) var faults: [String] = []

    init() throws {
        let path = RealData.projectRoot.appending("docs").appending("json.md")
        var section = ""
        var example: [Substring]?
        for line in try String(contentsOfFile: path.string, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("## `") {
                section = String(line.dropFirst(4).dropLast())
                sections[section] = Node()
            } else if line == "```json" {
                example = []
            } else if line == "```", let lines = example {
                examples[section] = lines.joined(separator: "\n")
                example = nil
            } else if example != nil {
                example?.append(line)
            } else if line.hasPrefix("| `") {
                add(line, to: section)
            }
        }
    }

    private func add(_ line: Substring, to section: String) {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count >= 3, var node = sections[section] else { return faults.append(String(line)) }
        for part in Self.parts(of: cells[0].filter { $0 != "`" }) {
            let next: Node
            switch part {
            case "[]": next = node.element ?? Node()
            case "*": next = node.anyField ?? Node()
            default: next = node.fields[part] ?? Node()
            }
            switch part {
            case "[]": node.element = next
            case "*": node.anyField = next
            default: node.fields[part] = next
            }
            node = next
        }
        if cells[1].hasPrefix("like `") {
            node.like = String(cells[1].dropFirst(6).dropLast())
        } else {
            node.types = cells[1].replacingOccurrences(of: " or ", with: ", ").components(separatedBy: ", ")
        }
        node.isAlways = cells[2] == "always"
    }

    /// `a[].b.*` as `a`, `[]`, `b`, `*`; `.` as nothing.
    private static func parts(of path: String) -> [String] {
        path.replacingOccurrences(of: "[]", with: ".[]").split(separator: ".").map(String.init)
    }

    /// What of `value` the table of `section` does not say, and the other way round.
    func differences(_ value: JSONValue, section: String) -> [String] {
        guard let node = sections[section] else { return ["docs/json.md has no section '\(section)'"] }
        var found: [String] = []
        compare(value, node, ".", &found)
        return found
    }

    private func compare(_ value: JSONValue, _ node: Node, _ path: String, _ found: inout [String]) {
        node.isSeen = true
        if let like = node.like {
            guard let other = sections[like] else { return found.append("\(path): no section '\(like)'") }
            return compare(value, other, path, &found)
        }
        switch value {
        case .array(let items):
            guard let element = node.element else { return found.append("\(path): a list, which no row has") }
            for item in items { compare(item, element, path + "[]", &found) }
        case .object(let fields):
            for (name, field) in fields {
                guard let next = node.fields[name] ?? node.anyField else {
                    found.append("\(path): no row for '\(name)'")
                    continue
                }
                compare(field, next, path == "." ? name : "\(path).\(name)", &found)
            }
            for (name, next) in node.fields where next.isNeeded && fields[name] == nil {
                found.append("\(path): '\(name)' is missing")
            }
        default:
            if !node.types.contains(where: value.isOf) {
                found.append("\(path): \(value) is not of the type \(node.types.joined(separator: " or "))")
            }
        }
    }

    /// The rows of `section` that no document had.
    func unseen(_ section: String) -> [String] {
        func below(_ node: Node, _ path: String) -> [String] {
            if !node.isSeen { return [path] }
            return node.fields.flatMap { below($0.value, "\(path).\($0.key)") }
                + (node.element.map { below($0, path + "[]") } ?? [])
                + (node.anyField.map { below($0, path + ".*") } ?? [])
        }
        return sections[section].map { below($0, section) } ?? []
    }
}
