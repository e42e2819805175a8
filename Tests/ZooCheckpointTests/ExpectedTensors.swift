import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// What PyTorch read from a file, as the `expected` JSON files tell it.
struct ExpectedFile: Decodable, Sendable {
    struct Tensor: Decodable, Sendable {
        let dtype: String
        let shape: [Int]
        let sha256: String

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            dtype = try container.decode(String.self)
            shape = try container.decode([Int].self)
            sha256 = try container.decode(String.self)
        }
    }

    let format: String?
    let tensors: [String: Tensor]?
    let refused: String?

    static func table(_ path: FilePath) throws -> [String: ExpectedFile] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path.string))
        return try JSONDecoder().decode([String: ExpectedFile].self, from: data)
    }

    /// What differs between the file at `path` and this, one line a difference.
    func differences(from checkpoint: Checkpoint) throws -> [String] {
        let tensors = tensors ?? [:]
        var lines: [String] = []
        // What has no values has no digest to compare.
        let present = checkpoint.tensors.filter { !$0.isMeta }
        for entry in present {
            guard let expected = tensors[entry.name] else {
                lines.append("unexpected tensor '\(entry.name)'")
                continue
            }
            if entry.dtype.name != expected.dtype {
                lines.append("\(entry.name): \(entry.dtype), not \(expected.dtype)")
            }
            if entry.shape.sizes != expected.shape {
                lines.append("\(entry.name): \(entry.shape), not \(expected.shape)")
            }
            if try checkpoint.tensor(entry).digest().hex != expected.sha256 {
                lines.append("\(entry.name): other bytes")
            }
        }
        let names = Set(present.map(\.name))
        lines += tensors.keys.filter { !names.contains($0) }.map { "'\($0)' is missing" }
        if present.count != tensors.count {
            lines.append("\(present.count) tensors, not \(tensors.count)")
        }
        return lines
    }
}

enum Fixtures {
    static let folder = RealData.projectRoot.appending("fixtures").appending("checkpoints")

    static func file(_ name: String) -> FilePath { folder.appending(name) }

    static func bytes(_ path: FilePath) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    /// Every file under `folder`, sorted.
    static func files(under folder: FilePath) throws -> [FilePath] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.string).sorted()
            .map { folder.pushing(FilePath($0)) }
            .filter { path in (try? MappedFile(path)) != nil }
    }
}
