import Foundation
import SystemPackage
import TestSupport

/// A fenced block of a document.
struct MarkdownBlock: Sendable {
    /// What stands behind the fence: `console`, `sh`, `python`, `swift`, …
    let language: String
    let lines: [String]
    /// Where the fence is, counted from 1.
    let lineNumber: Int
    /// Whether the lines after the commands are what they print, word for word: a comment `<!-- transcript -->` says so.
    let isTranscript: Bool

    /// What is typed: lines behind `$ ` in a console, every line of a script.
    var commands: [String] {
        switch language {
        case "console": lines.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
        case "sh": lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        default: []
        }
    }

    /// The blocks of a document, in order.
    static func blocks(of path: FilePath) throws -> [MarkdownBlock] {
        let text = try String(contentsOfFile: path.string, encoding: .utf8)
        var blocks: [MarkdownBlock] = []
        var open: (language: String, lines: [String], number: Int, isTranscript: Bool)?
        var isTranscript = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(
                        MarkdownBlock(
                            language: block.language, lines: block.lines, lineNumber: block.number,
                            isTranscript: block.isTranscript))
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), [], index + 1, isTranscript)
                    isTranscript = false
                }
            } else if open != nil {
                open?.lines.append(String(line))
            } else if line == "<!-- transcript -->" {
                isTranscript = true
            }
        }
        return blocks
    }
}

/// The documents whose commands people type.
enum Documents {
    static let root = RealData.projectRoot

    static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    /// README, CONTRIBUTING, and everything in `docs` but the decisions, by their paths from the top folder.
    static let all: [String] = {
        let docs = (try? FileManager.default.subpathsOfDirectory(atPath: root.appending("docs").string)) ?? []
        let guides = docs.filter { $0.hasSuffix(".md") && !$0.hasPrefix("decisions/") }.map { "docs/" + $0 }
        return ["README.md", "CONTRIBUTING.md"] + guides.sorted()
    }()

    static func blocks(of document: String) throws -> [MarkdownBlock] {
        try MarkdownBlock.blocks(of: root.pushing(FilePath(document)))
    }
}
