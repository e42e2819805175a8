import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooRegistry

@Suite("the registry and real files") struct RealFileTests {
    let registry: Registry

    init() throws {
        registry = try Registry.embedded()
    }

    @Test(
        .enabled(if: RealData.isPresent, "\(RealData.absence)"),
        arguments: [
            "cifar10/resnet20-12fca82f.th", "cifar10/resnet32-d509ac18.th", "cifar10/resnet56-4bfd9763.th",
            "imagenet/mobilenetV1X0.25_pretrain.tar",
        ])
    func sizesAndDigests(name: String) throws {
        let file = try MappedFile(RealData.file("weights/\(name)"))
        let entry = try #require(registry.entry(fileName: file.path.lastComponent?.string ?? ""))
        let digest = SHA256.digest(of: file.bytes)
        #expect(entry.byteCount == file.byteCount)
        #expect(entry.sha256 == digest)
        #expect(entry.sha256Prefix.map { digest.hasPrefix($0) } ?? true)
    }

    /// What the script that trained the embedded default says of it.
    struct Shapes: Decodable {
        struct File: Decodable {
            let name, sha256: String
            let byteCount: Int
        }
        let file: File
        let parameterCount: Int
        let preprocessing: [String: [Float]]
        let classes: [String]
    }

    static let shapes = RealData.projectRoot.appending("fixtures").appending("shapes").appending("expected.json")

    @Test(.enabled(if: FileManager.default.fileExists(atPath: shapes.string), "no fixtures/shapes"))
    func theEmbeddedDefaultIsTheFixture() throws {
        let expected = try JSONDecoder().decode(Shapes.self, from: Data(contentsOf: Self.shapes.url))
        let entry = try registry.entry("resnet14-shapes")
        #expect(entry.fileName == expected.file.name)
        #expect(entry.byteCount == expected.file.byteCount)
        #expect(entry.sha256?.hex == expected.file.sha256)
        #expect(entry.parameterCount == expected.parameterCount)
        #expect(entry.classes == expected.classes)
        #expect(entry.preprocessing.mean == expected.preprocessing["mean"])
        #expect(entry.preprocessing.std == expected.preprocessing["std"])
    }

    /// A reading of torchvision's sources that was made without this project.
    struct Torchvision: Decodable {
        struct Weights: Decodable {
            let weights, arch, url: String
            let quantized, is_default: Bool
            let hash_prefix, license, recipe, categories: String?
            let file_size_mb, gflops: Double
            let acc1, acc5: Double?
            let num_params, resize_size, crop_size: Int
            let min_size: [Int]
            let interpolation: String
            let mean, std: [Float]
        }
        let weights: [Weights]
        let imagenet1k_categories: [String]
    }

    @Test(.enabled(if: RealData.isPresent, "\(RealData.absence)"))
    func sameAsTorchvision() throws {
        let path = RealData.file("registry/torchvision_registry.json")
        let theirs = try JSONDecoder().decode(Torchvision.self, from: Data(contentsOf: path.url))
        #expect(try registry.classes(of: "imagenet1k") == theirs.imagenet1k_categories)
        let weights = theirs.weights.filter { !$0.quantized }
        #expect(weights.count == 115)
        for theirs in weights {
            let entry = try registry.entry(theirs.weights)
            #expect(entry.architecture == theirs.arch && entry.enumID == theirs.weights)
            #expect(entry.url == theirs.url && entry.sha256Prefix == theirs.hash_prefix, "\(entry.id)")
            #expect(entry.isDefault == theirs.is_default && entry.recipe == theirs.recipe, "\(entry.id)")
            #expect(entry.approximateMegabytes == theirs.file_size_mb && entry.gflops == theirs.gflops, "\(entry.id)")
            #expect(entry.parameterCount == theirs.num_params, "\(entry.id)")
            #expect(entry.top1 == theirs.acc1 && entry.top5 == theirs.acc5, "\(entry.id)")
            #expect(theirs.min_size.allSatisfy { $0 == entry.minimumSize }, "\(entry.id)")
            #expect(entry.classList == theirs.categories, "\(entry.id)")
            #expect(theirs.license == nil || theirs.license == entry.licenceURL, "\(entry.id)")
            let interpolation = try #require(Preprocessing.Interpolation(rawValue: theirs.interpolation))
            let preset = Preprocessing(
                resize: theirs.resize_size, crop: theirs.crop_size, interpolation: interpolation, mean: theirs.mean,
                std: theirs.std)
            #expect(entry.preprocessing == preset, "\(entry.id)")
        }
    }
}
