import Foundation
import SystemPackage
import TestSupport
import ZooCore
import ZooRegistry

@testable import ZooImage

/// What Pillow and torchvision answered, as `fixtures/generators/images.py` wrote it down.
struct Expected: Decodable {
    struct File: Decodable {
        let width: Int
        let height: Int
        let sha256: String
    }

    struct Case: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let resize: Int?
        let crop: Int?
        let interpolation: Preprocessing.Interpolation
        let height: Int
        let width: Int
        let pixels: String
        let tensor: String

        var description: String { "\(name) resize \(resize ?? 0) crop \(crop ?? 0) \(interpolation)" }

        var preprocessing: Preprocessing {
            Preprocessing(
                resize: resize, crop: crop, interpolation: interpolation, mean: [0.485, 0.456, 0.406],
                std: [0.229, 0.224, 0.225])
        }
    }

    let files: [String: File]
    let cases: [Case]
    let table: String

    static func load() throws -> Expected { try Fixture.json("images/expected.json") }

    static let cases = (try? load().cases) ?? []
    static let fileNames = (try? load().files.keys.sorted()) ?? []
}

/// Pillow's answers about real files, which are not part of the project.
struct RealExpected: Decodable {
    let files: [String: String?]
    let photos: [Expected.Case]

    static func load() throws -> RealExpected { try Fixture.json("images/real-expected.json") }

    static let photos = (try? load().photos) ?? []
}

extension Preprocessor {
    /// The network's input for `image`, as an array.
    func output(_ image: Image) -> [Float] {
        var output = [Float](repeating: .nan, count: elementCount(for: image.size))
        var span = output.mutableSpan
        apply(image, into: &span)
        return output
    }
}

func digest(_ values: [Float]) -> String { SHA256.digest(of: values.rawSpan).hex }
func digest(_ values: [UInt8]) -> String { SHA256.digest(of: values.rawSpan).hex }

/// The error that decoding `bytes` ends with, if any.
func decodingError(_ bytes: [UInt8]) -> ImageError? {
    do throws(ImageError) {
        _ = try ImageDecoder.decode(bytes.rawSpan, path: "test")
        return nil
    } catch {
        return error
    }
}

func contents(_ path: FilePath) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
}
