import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The layers of docs/architecture.md, top first: a module may use modules of lower layers only.
private let layers: [(layer: Int, modules: [String])] = [
    (7, ["zoo"]),
    (6, ["ZooCLI"]),
    (5, ["ZooTraining"]),
    (4, ["ZooEngine"]),
    (3, ["ZooGraph", "ZooCheckpoint", "ZooFetch", "ZooImage"]),
    (2, ["ZooArchive", "ZooPickle", "ZooCache", "ZooRegistry"]),
    (1, ["ZooTensor", "ZooReport"]),
    (0, ["ZooCore"]),
]

/// Which modules may use each C library.
private let wrappers: [String: Set<String>] = [
    "CBuildFacts": ["ZooCLI"],
    "CCrypto": ["ZooCore"],
    "CCurl": ["ZooFetch"],
    "CDeflate": ["ZooArchive"],
    "CZlib": ["ZooArchive"],
    "COpenBLAS": ["ZooTraining"],
    "CMath": ["ZooTraining"],
    "COneDNN": ["ZooEngine"],
    "CKernels": ["ZooEngine"],
    "CTurboJPEG": ["ZooImage"],
    "CPNG": ["ZooImage"],
    "CRegistryData": ["ZooRegistry"],
]

/// What `swift package describe` says.
private struct Package: Decodable {
    struct Target: Decodable {
        let name, path, type: String
        let sources: [String]
        let target_dependencies: [String]?
    }
    let targets: [Target]

    /// Asked once for all tests.
    private static let description = Task { try await read() }

    static func describe() async throws -> Package { try await description.value }

    private static func read() async throws -> Package {
        let scratch = try ScratchFolder()
        let result = try await run(
            .name("swift"),
            arguments: [
                "package", "--package-path", RealData.projectRoot.string, "--scratch-path", scratch.path.string,
                "describe", "--type", "json",
            ],
            output: .data(limit: 1 << 24), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            Issue.record("swift package describe failed: \(result.standardError)")
            return Package(targets: [])
        }
        return try JSONDecoder().decode(Package.self, from: result.standardOutput)
    }
}

@Suite("the arrows between modules", .timeLimit(.minutes(1))) struct LayerTests {
    @Test func everyArrowPointsDown() async throws {
        let layer = Dictionary(uniqueKeysWithValues: layers.flatMap { row in row.modules.map { ($0, row.layer) } })
        let targets = try await Package.describe().targets
        let modules = targets.filter { $0.type == "library" || $0.type == "executable" }
        #expect(Set(modules.map(\.name)).isSuperset(of: layer.keys), "a module of the design is missing")
        for target in modules where wrappers[target.name] == nil && target.name != "TestSupport" {
            let own = try #require(
                layer[target.name], "\(target.name) has no layer: add it to the table and the design")
            for dependency in target.target_dependencies ?? [] {
                if let allowed = wrappers[dependency] {
                    #expect(allowed.contains(target.name), "\(target.name) must not use \(dependency)")
                } else {
                    let other = try #require(layer[dependency], "\(target.name) depends on the unknown \(dependency)")
                    #expect(other < own, "\(target.name) must not depend on \(dependency)")
                }
            }
        }
    }

    @Test func onlyDeclaredModulesAreImported() async throws {
        let targets = try await Package.describe().targets
        let ours = Set(targets.map(\.name))
        for target in targets where target.type == "library" || target.type == "executable" {
            let declared = Set(target.target_dependencies ?? [])
            for source in target.sources where source.hasSuffix(".swift") {
                let path = RealData.projectRoot.pushing(FilePath(target.path)).pushing(FilePath(source))
                for module in try imports(in: path) where ours.contains(module) {
                    #expect(
                        declared.contains(module), "\(path) imports \(module), which \(target.name) does not declare")
                }
            }
        }
    }

    /// The whole of Foundation takes longer to load than most commands run.
    @Test func noModuleLoadsAllOfFoundation() async throws {
        for target in try await Package.describe().targets
        where target.type != "test" && target.name != "TestSupport" {
            for source in target.sources where source.hasSuffix(".swift") {
                let path = RealData.projectRoot.pushing(FilePath(target.path)).pushing(FilePath(source))
                #expect(!(try imports(in: path).contains("Foundation")), "\(path): import FoundationEssentials instead")
            }
        }
    }

    private func imports(in path: FilePath) throws -> [String] {
        try String(contentsOfFile: path.string, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"), position <= 2, words.count > position + 1,
                words.prefix(position).allSatisfy({
                    ["public", "internal", "private", "package"].contains($0) || $0.hasPrefix("@")
                })
            else { return nil }
            return String(words[position + 1].split(separator: ".")[0])
        }
    }
}
