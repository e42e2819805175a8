import Foundation
public import SystemPackage

/// Real files that are not part of the project: checkpoints from the wild, photos, PyTorch's answers.
///
/// The environment variable `ZOO_DATA` says where they are; by default `../shared/data` beside the project. Tests that
/// need them are skipped, saying so, where they are absent:
///
/// ```swift
/// @Test(.enabled(if: RealData.isPresent, RealData.absence)) func …
/// ```
public enum RealData {
    /// The folder of the real files.
    public static let root: FilePath = {
        if let path = ProcessInfo.processInfo.environment["ZOO_DATA"] { return FilePath(path) }
        return projectRoot.removingLastComponent().appending("shared").appending("data")
    }()

    /// The top folder of the project.
    public static let projectRoot = FilePath(#filePath)
        .removingLastComponent().removingLastComponent().removingLastComponent()

    /// Whether the real files are there.
    public static let isPresent = FileManager.default.fileExists(atPath: root.appending("README.md").string)

    /// Why tests of real files are skipped.
    public static let absence = "no real data here: set ZOO_DATA to the folder that holds it"

    /// The path of a real file.
    public static func file(_ name: String) -> FilePath {
        root.pushing(FilePath(name))
    }
}

/// The small files that the project's own generators made, committed in `fixtures`.
public enum Fixture {
    /// The path of a fixture, such as `training/sgd-head.json`.
    public static func file(_ name: String) -> FilePath {
        RealData.projectRoot.appending("fixtures").pushing(FilePath(name))
    }

    /// Decodes a JSON fixture.
    public static func json<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: file(name).string)))
    }
}
