import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooCLI

@Suite("manual pages") struct ManualTests {
    private static func pages() throws -> [ManualPage] {
        ManualPage.pages(of: try ToolDescription.ofZoo().command, date: "2026-01-02")
    }

    @Test func everyCommandHasAPage() throws {
        let names = try Self.pages().map(\.name)
        #expect(names.contains("zoo") && names.contains("zoo-cache-prune") && names.contains("zoo-doctor"))
        #expect(!names.contains("zoo-generate-manual") && !names.contains { $0.hasSuffix("-help") })
        #expect(Set(names).count == names.count)
    }

    @Test func everyPageHasItsSections() throws {
        for page in try Self.pages() {
            let lines = page.text.split(separator: "\n", omittingEmptySubsequences: false)
            for section in [
                ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH \"EXIT STATUS\"", ".SH \"SEE ALSO\"",
            ] {
                #expect(lines.count { $0 == section } == 1, "\(page.name): \(section)")
            }
            // Options by their names, as the help has them.
            for argument in page.command.arguments ?? [] where argument.shouldDisplay {
                for name in argument.names ?? [] {
                    #expect(page.text.contains("\\fB" + Roff.escaped(name.text) + "\\fR"), "\(page.name): \(name.text)")
                }
            }
            #expect(
                lines[1]
                    == ".TH \"\(page.name.uppercased())\" 1 \"2026-01-02\" \"zoo \(BuildFacts.firstLine.dropFirst(4))\" \"zoo\""
            )
        }
    }

    @Test(
        arguments: [
            (".profile", "\\&.profile"), ("a-b", "a\\-b"), ("C:\\x", "C:\\ex"), ("it's", "it\\(aqs"),
            ("^~`\"", "\\(ha\\(ti\\(ga\\(dq"), ("plain", "plain"), ("a=1,b, c", "a=1,\\:b, c"),
        ])
    func whatRoffWouldTakeForARequestIsEscaped(_ text: String, _ escaped: String) {
        #expect(Roff.escaped(text) == escaped)
    }

    @Test func examplesStayAsTheyAre() {
        #expect(
            Roff.paragraph("Examples:\n  zoo list   all\n  .zoo\nand on")
                == ["Examples:", ".RS 4", ".nf", "zoo list   all", "\\&.zoo", ".fi", ".RE", "and on"])
    }

    @Test func theFilesAreWritten() async throws {
        let zoo = try ZooProcess()
        try zoo.folder.write([], to: "man1/keep")
        let outcome = try await zoo("generate-manual", "man1", "--date", "2026-01-02")
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        let text = try String(contentsOfFile: zoo.folder.file("man1/zoo-fetch.1").string, encoding: .utf8)
        #expect(text.contains(".B zoo fetch\n") && text.contains(".SH EXAMPLES"))
    }
}
