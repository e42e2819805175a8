import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooRegistry

@Suite("the embedded registry") struct RegistryTests {
    let registry: Registry

    init() throws {
        registry = try Registry.embedded()
    }

    var torchvision: [ModelEntry] { registry.entries.filter { $0.enumName != nil } }

    @Test func holdsEveryClassificationWeightOfTorchvision() {
        #expect(torchvision.count == 115)
        #expect(Set(torchvision.map(\.name)).count == 80)
        #expect(
            registry.entries.filter { $0.enumName == nil }.map(\.name) == [
                "resnet14-shapes", "resnet20-cifar10", "resnet32-cifar10", "resnet44-cifar10", "resnet56-cifar10",
                "resnet110-cifar10", "resnet1202-cifar10", "mobilenet_v1_x0_25",
            ])
    }

    @Test func everyFieldIsKnown() throws {
        for path in Registry.embeddedDocuments {
            let bytes = try Array(Data(contentsOf: Self.folder.appending(path).url))
            var embedded: [UInt8] = []
            if let span = EmbeddedDocument.bytes(of: path) { embedded = Array(copying: span) }
            #expect(embedded == bytes, "\(path) was not embedded as it is")
            let document = try RegistryDocument(bytes.rawSpan, source: path, refusingUnknownFields: true)
            #expect(!document.entries.isEmpty || !document.files.isEmpty)
        }
    }

    @Test func namesAndFilesAreUnique() {
        #expect(Set(registry.entries.map(\.id)).count == registry.entries.count)
        #expect(Set(registry.entries.map(\.fileName)).count == registry.entries.count)
        for (name, entries) in Dictionary(grouping: registry.entries, by: \.name) {
            #expect(entries.count(where: \.isDefault) == 1, "\(name)")
        }
    }

    /// torch.hub checks a download against the first match of this in the file name.
    @Test func prefixesAreThoseThatTorchHubFinds() throws {
        for entry in torchvision {
            let digits = try #require(entry.fileName.firstMatch(of: #/-([a-f0-9]*)\./#)?.output.1)
            #expect(entry.sha256Prefix == String(digits), "\(entry.fileName)")
            #expect([8, 10].contains(digits.count), "\(entry.fileName)")
            #expect(entry.sha256?.hasPrefix(String(digits)) ?? true, "\(entry.fileName)")
        }
        #expect(
            torchvision.filter { $0.sha256Prefix?.count == 10 }.map(\.name) == [
                "mnasnet0_5", "mnasnet1_0", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0",
            ])
    }

    @Test func everyEntryIsComplete() throws {
        for entry in registry.entries {
            #expect(entry.url.hasSuffix("/\(entry.fileName)"), "\(entry.id)")
            #expect(entry.parameterCount ?? 0 > 0, "\(entry.id)")
            #expect(entry.gflops ?? 0 > 0, "\(entry.id)")
            #expect(entry.firstConvolution != nil, "\(entry.id)")
            #expect(entry.byteCount != nil || entry.approximateMegabytes != nil, "\(entry.id)")
            let classes = try registry.classes(of: entry)
            #expect((classes == nil) == (entry.head == nil), "\(entry.id)")
            #expect((classes == nil) == (entry.id == "vgg16:IMAGENET1K_FEATURES"), "\(entry.id)")
            #expect((entry.top1 == nil) == (classes == nil), "\(entry.id)")
        }
    }

    @Test func exactAndApproximateSizesAgree() throws {
        let both = registry.entries.compactMap { entry in
            entry.byteCount.flatMap { bytes in entry.approximateMegabytes.map { (entry, bytes, $0) } }
        }
        try #require(!both.isEmpty)
        for (entry, bytes, megabytes) in both {
            #expect(abs(Double(bytes) / 1_048_576 - megabytes) <= 0.0006, "\(entry.id)")
        }
    }

    @Test func resNet18() throws {
        let entry = try registry.entry("resnet18")
        #expect(entry.id == "resnet18:IMAGENET1K_V1")
        #expect(entry.enumID == "ResNet18_Weights.IMAGENET1K_V1")
        #expect(entry.url == "https://download.pytorch.org/models/resnet18-f37072fd.pth")
        #expect(entry.sha256Prefix == "f37072fd")
        #expect(entry.sha256?.hex == "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec")
        #expect(entry.byteCount == 46_830_571)
        #expect(entry.approximateMegabytes == 44.661)
        #expect(entry.parameterCount == 11_689_512)
        #expect(entry.top1 == 69.758 && entry.top5 == 89.078 && entry.gflops == 1.814)
        #expect(entry.preprocessing == .imageNet)
        #expect(entry.minimumSize == 1)
        #expect(entry.head == "fc" && entry.firstConvolution == "conv1")
        #expect(entry.licence == "BSD-3-Clause")
        #expect(entry.paper == "https://arxiv.org/abs/1512.03385")
        #expect(entry.relativeFilePath == nil)
    }

    @Test func theEmbeddedDefaultComesWithZoo() throws {
        let entry = try registry.entry("resnet14-shapes")
        #expect(entry.relativeFilePath == "fixtures/shapes/resnet14-shapes.pth")
        #expect(entry.fileName == "resnet14-shapes.pth" && entry.architecture == "resnet14_cifar")
        #expect(try registry.classes(of: entry)?.count == 10)
    }

    @Test(arguments: [
        ("vit_h_14", 12, "https://github.com/facebookresearch/SWAG/blob/main/LICENSE", "CC-BY-NC-4.0"),
        ("resnet50", 103, "https://github.com/pytorch/vision/blob/main/LICENSE", "BSD-3-Clause"),
    ])
    func licences(name: String, count: Int, url: String, licence: String) throws {
        #expect(torchvision.count { $0.licenceURL == url && $0.licence == licence } == count)
        #expect(try registry.entry(name).licence == licence)
    }

    @Test(arguments: [
        ("imagenet1k", 1000, "tench", "toilet tissue"), ("cifar10", 10, "airplane", "truck"),
    ])
    func classLists(name: String, count: Int, first: String, last: String) throws {
        let classes = try registry.classes(of: name)
        #expect(classes.count == count && classes.first == first && classes.last == last)
    }

    @Test func anUnknownClassListNamesTheKnownOnes() throws {
        let error = #expect(throws: RegistryError.self) { try registry.classes(of: "imagenet") }
        #expect(error?.code == .unknownClassList && error?.kind == .usage)
        #expect(error?.description == "there is no list of classes 'imagenet', only imagenet1k, cifar10")
    }

    static let folder = RealData.projectRoot.appending("registry")
}

extension FilePath {
    var url: URL { URL(fileURLWithPath: string) }
}
