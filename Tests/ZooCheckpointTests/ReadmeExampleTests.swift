import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooTensor

/// The example of README.md, compiled.
@Suite struct ReadmeExampleTests {
    /// The lines between the two comments are those of README.md.
    private func example() throws -> [Float] {
        // README begins
        let checkpoint = try Checkpoint.open("resnet18-f37072fd.pth")
        for entry in checkpoint.tensors { print(entry.name, entry.dtype, entry.shape) }
        let weight = try checkpoint.tensor(named: "fc.weight").float32Values()
        // README ends
        return weight
    }

    private func lines(_ text: String, after start: String, before end: String) -> [String] {
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let first = lines.firstIndex(of: start) else { return [] }
        return Array(lines[(first + 1)...].prefix { $0 != end })
    }

    @Test func theExampleIsTheOneThatCompiles() throws {
        let readme = try String(contentsOfFile: RealData.projectRoot.appending("README.md").string, encoding: .utf8)
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let published = lines(readme, after: "import ZooCheckpoint", before: "```")
        #expect(published.count == 3)
        #expect(lines(source, after: "// README begins", before: "// README ends") == published)
    }
}
