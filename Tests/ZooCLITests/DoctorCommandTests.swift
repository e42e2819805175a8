import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo doctor", .timeLimit(.minutes(1))) struct DoctorCommandTests {
    private struct Answer: Decodable {
        struct Finding: Decodable {
            let area, name, status, message: String
            let fix: String?
        }

        let status: String
        let findings: [Finding]

        func finding(_ area: String, _ name: String) -> Finding? {
            findings.first { $0.area == area && $0.name == name }
        }
    }

    @Test func aSoundInstallationHasNoProblem() async throws {
        let zoo = try ZooProcess()
        let outcome = try await zoo("doctor", "--json")
        let answer = try outcome.json(Answer.self)
        #expect(outcome.status == 0 && answer.status != "problem", "\(outcome.output)")
        #expect(
            Set(answer.findings.map(\.area)).isSuperset(of: ["libraries", "processor", "threads", "cache", "registry"]))
        #expect(answer.finding("cache", "access")?.message.contains("the first download makes it") == true)
        let text = try await zoo("doctor")
        #expect(text.status == 0 && text.output.contains("\nlibraries\n  ok       oneDNN: 2."))
    }

    @Test func whatIsBrokenIsFoundAndToldHowToMend() async throws {
        var zoo = try ZooProcess()
        try zoo.folder.write([], to: "torch/hub/checkpoints/empty-0123abcd.pth")
        try zoo.folder.write(Array("<!DOCTYPE html>".utf8), to: "torch/hub/checkpoints/page.pth")
        try zoo.folder.write([1, 2, 3], to: "torch/hub/checkpoints/resnet18-f37072fd.pth")
        try zoo.folder.write(Array("{".utf8), to: "config/zoo/registry.d/my own.json")
        zoo.environment["ZOO_THREADS"] = "lots"
        let outcome = try await zoo("doctor", "--json")
        let answer = try outcome.json(Answer.self)
        #expect(outcome.status == 1 && answer.status == "problem")
        for (name, part) in [
            ("empty-0123abcd.pth", "empty"), ("page.pth", "web page"), ("resnet18-f37072fd.pth", "3 bytes instead of"),
        ] {
            let finding = answer.finding("cache", name)
            #expect(finding?.status == "problem" && finding?.message.contains(part) == true)
            #expect(finding?.fix == "zoo verify --repair \(name)")
        }
        let registry = answer.finding("registry", "my own.json")
        #expect(registry?.status == "problem")
        #expect(answer.finding("threads", "ZOO_THREADS")?.fix == "unset ZOO_THREADS")
        // The fix is typed as it stands.
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", registry?.fix ?? "false"]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        #expect(try await zoo("doctor", "-q").output.contains("my own") == false)
    }

    @Test func aCacheThatCannotBeIsAProblem() async throws {
        var zoo = try ZooProcess()
        try zoo.folder.write([], to: "file")
        zoo.environment["TORCH_HOME"] = zoo.folder.file("file/torch").string
        let outcome = try await zoo("doctor", "-q")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("is a file, where the cache needs a folder"))
        #expect(outcome.output.contains("fix: mv \(zoo.folder.file("file")) \(zoo.folder.file("file.old"))"))
    }

    @Test func anEmptyVariableMakesTheCacheRelative() async throws {
        var zoo = try ZooProcess()
        zoo.environment["TORCH_HOME"] = ""
        let outcome = try await zoo("doctor", "--json")
        let finding = try outcome.json(Answer.self).finding("cache", "folder")
        #expect(finding?.status == "warning" && finding?.fix == "unset TORCH_HOME")
    }

    @Test func aCacheThatEverybodyWritesToIsNamed() async throws {
        let zoo = try ZooProcess()
        try zoo.folder.write([1], to: "torch/hub/checkpoints/note.txt")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: zoo.checkpoints.string)
        let finding = try await zoo("doctor", "--json").json(Answer.self).finding("cache", "access")
        #expect(finding?.status == "warning" && finding?.fix == "chmod o-w \(zoo.checkpoints)")
    }

    @Test func versionsOfLibrariesBelongToTheVersion() async throws {
        let zoo = try ZooProcess()
        let outcome = try await zoo("--version")
        let lines = outcome.output.split(separator: "\n")
        #expect(
            outcome.status == 0 && lines[0] == "zoo \(lines[0].dropFirst(4))"
                && lines[0].dropFirst(4).first?.isNumber == true)
        for name in ["oneDNN", "libcurl", "libcrypto", "zlib", "libdeflate", "libjpeg-turbo", "libpng"] {
            let line = lines.first { $0.hasPrefix("  \(name)") }
            #expect(line?.contains { $0.isNumber } == true, "\(name) has no version in \(outcome.output)")
        }
        #expect(try await zoo("list", "--version").output == outcome.output)
    }
}
