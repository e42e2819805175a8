import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooCLI

/// The program at a real terminal: widths, colours, and what goes elsewhere.
@Suite("at a terminal", .timeLimit(.minutes(1))) struct TerminalTests {
    /// The text without what colours it.
    private static func plain(_ text: String) -> String {
        text.replacingOccurrences(of: "\u{1b}\\[[0-9;]*m", with: "", options: .regularExpression)
    }

    private static func zoo() throws -> ZooProcess {
        let zoo = try ZooProcess()
        let place = "torch/hub/checkpoints/"
        try zoo.folder.write([], to: place + "a-very-long-name-of-a-model-that-somebody-trained-once.pth")
        try zoo.folder.write([], to: place + "模型模型模型模型模型模型模型模型模型模型模型.pth")
        return zoo
    }

    @Test(arguments: [40, 80, 200])
    func noTableIsWiderThanTheTerminal(_ columns: Int) async throws {
        let zoo = try Self.zoo()
        let checkpoint = Fixture.file("checkpoints/dtypes.pth").string
        for arguments in [
            ["list", "resnet1*"], ["cache", "list"], ["verify", "--dry-run"], ["inspect", checkpoint],
            ["inspect", checkpoint, "--digest"], ["info", "resnet20-cifar10", "--graph"],
        ] {
            let outcome = try await zoo.run(arguments, columns: columns)
            let lines = Self.plain(outcome.output).split(separator: "\n")
            #expect(lines.count > 2, "\(arguments): \(outcome.output)")
            // Only tables; a sentence may be broken by the terminal.
            for line in lines.dropFirst(arguments[0] == "inspect" ? 1 : 0).prefix(3) where !line.contains("\r") {
                #expect(DisplayText.width(line) <= columns, "\(arguments): \(line)")
            }
        }
    }

    @Test func resultsThatGoElsewhereAreWhole() async throws {
        let zoo = try Self.zoo()
        let outcome = try await zoo("cache", "list")
        #expect(outcome.output.contains("a-very-long-name-of-a-model-that-somebody-trained-once.pth"))
        #expect(!outcome.output.contains("\u{1b}") && !outcome.output.contains("…"))
    }

    @Test(
        arguments: [([:], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false)]
            as [([String: String], Bool)])
    func colourIsForTerminalsThatWantIt(_ environment: [String: String], _ isColoured: Bool) async throws {
        var zoo = try Self.zoo()
        zoo.environment.merge(environment) { $1 }
        let outcome = try await zoo.run(["verify", "--dry-run"], columns: 120)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("\u{1b}[31mbroken (empty)\u{1b}[0m") == isColoured, "\(outcome.output)")
        #expect(Self.plain(outcome.output).contains("broken (empty)"))
    }

    /// A terminal that cannot move its cursor gets a line now and then, as a log does.
    @Test func aDumbTerminalIsNotDrawnOn() async throws {
        var zoo = try Self.zoo()
        zoo.environment["TERM"] = "dumb"
        let outcome = try await zoo.run(["verify", "--dry-run"], columns: 80)
        #expect(!outcome.output.contains("\u{1b}") && !outcome.output.contains("\r"))
    }

    @Test func quietShowsNoProgress() async throws {
        let zoo = try Self.zoo()
        let outcome = try await zoo.run(["verify", "--dry-run", "-q"], columns: 80)
        #expect(!outcome.output.contains("verifying"))
    }
}
