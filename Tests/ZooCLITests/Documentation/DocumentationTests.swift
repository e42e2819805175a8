import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Everything that documents tell people to type.
@Suite("documents", .slow, .timeLimit(.minutes(10))) struct DocumentationTests {
    @Test("commands of documents run as they are written", arguments: Documents.all)
    func commands(_ document: String) async throws {
        let commands = try Documents.blocks(of: document).filter { !$0.isTranscript }.flatMap(\.commands)
            .filter { !$0.hasPrefix("venv/bin/") && !$0.hasPrefix("python") }
        guard !commands.isEmpty else { return }
        let sandbox = try ReaderSandbox()
        let run = try await sandbox.run(commands)
        #expect(run.status == 0, "the last of these ended with \(run.status):\n\(run.output)")
    }

    @Test("a transcript is what the commands print, numbers aside", arguments: Documents.all)
    func transcripts(_ document: String) async throws {
        for block in try Documents.blocks(of: document) where block.isTranscript {
            let sandbox = try ReaderSandbox(hasCache: false)
            let run = try await sandbox.run(block.commands)
            #expect(run.status == 0, "\(run.output)")
            let printed = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(
                Self.shape(printed) == Self.shape(block.lines),
                "\(document):\(block.lineNumber) should be\n\(run.output)")
        }
    }

    /// Lines without what differs from run to run and machine to machine: numbers, folders, the spaces that align
    /// columns, and the lines that say how far slow work is.
    private static func shape(_ lines: [String]) -> [String] {
        lines.filter { !$0.hasPrefix("features: ") }.map { line in
            let words = line.split(separator: " ").map { word in
                let name = word.split(separator: "/").last.map(String.init) ?? ""
                return name.contains { $0.isNumber } && !name.contains(".") && !name.contains("-")
                    || Double(name) != nil
                    ? "#" : name
            }
            return words.joined(separator: " ")
        }.filter { !$0.isEmpty }
    }

    @Test("programs that documents name are there", arguments: Documents.all)
    func scripts(_ document: String) throws {
        for block in try Documents.blocks(of: document) where block.language == "sh" {
            for command in block.commands where command.hasPrefix("venv/bin/python") || command.hasPrefix("python") {
                for word in command.split(separator: " ") where word.hasSuffix(".py") {
                    let path = Documents.root.pushing(FilePath(String(word)))
                    #expect(FileManager.default.fileExists(atPath: path.string), "\(document): \(word)")
                }
            }
        }
    }

    @Test("Python in documents is Python", .enabled(if: Documents.hasPython, "there is no python3 here"))
    func pythonSnippets() async throws {
        let zoo = try ZooProcess()
        var count = 0
        for document in Documents.all {
            for block in try Documents.blocks(of: document) where block.language == "python" {
                let path = zoo.folder.file("block.py")
                try Data(block.lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path.string))
                let run = try await zoo.shell("python3 -m py_compile block.py 2>&1")
                #expect(run.status == 0, "\(document):\(block.lineNumber)\n\(run.output)")
                count += 1
            }
        }
        #expect(count > 0)
    }

    @Test("Swift in the README is a part of an example, which is compiled and run") func swiftSnippets() throws {
        let folder = Documents.root.appending("Examples").appending("Sources")
        let sources = try FileManager.default.subpathsOfDirectory(atPath: folder.string)
            .filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOfFile: folder.pushing(FilePath($0)).string, encoding: .utf8) }
        for block in try Documents.blocks(of: "README.md") where block.language == "swift" {
            for line in block.lines.map({ $0.trimmingCharacters(in: .whitespaces) }) where !line.isEmpty {
                #expect(sources.contains { $0.contains(line) }, "\(line)")
            }
        }
    }

    @Test("links of documents lead to files", arguments: Documents.all) func links(_ document: String) throws {
        let path = Documents.root.pushing(FilePath(document))
        let text = try String(contentsOfFile: path.string, encoding: .utf8)
        for match in text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
            let target = String(match.1)
            guard !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
            let file = path.removingLastComponent().pushing(FilePath(target))
            #expect(FileManager.default.fileExists(atPath: file.string), "\(document) links to \(target)")
        }
    }

    @Test("options in the table of equivalents are options of zoo finetune") func equivalents() async throws {
        let zoo = try ZooProcess()
        let help = try await zoo("help", "finetune").output
        let known = Set(help.matches(of: /--[a-z][a-z0-9-]*/).map { String($0.0) })
        let text = try String(
            contentsOfFile: Documents.root.pushing(FilePath("docs/guides/coming-from.md")).string, encoding: .utf8)
        let rows = try #require(text.components(separatedBy: "## Training").last).split(separator: "\n")
            .filter { $0.hasPrefix("| ") }
        #expect(rows.count > 20)
        for row in rows {
            let cell = row.split(separator: "|", omittingEmptySubsequences: false).dropLast().last ?? ""
            for option in cell.matches(of: /--[a-z][a-z0-9-]*/).map({ String($0.0) }) {
                #expect(known.contains(option), "\(option) in: \(cell)")
            }
        }
    }
}
