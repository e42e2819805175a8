import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo data", .timeLimit(.minutes(3)))
struct DataCommandTests {
    private struct Findings: Decodable {
        struct ClassCount: Decodable {
            let name: String
            let train: Int
            let validation: Int?
        }

        struct Duplicates: Decodable {
            let paths: [String]
            let acrossClasses: Bool
            let acrossSplits: Bool
        }

        struct Named: Decodable {
            let path: String
        }

        let count: Int
        let classes: [ClassCount]
        let imbalance: Double?
        let unreadable: [Named]
        let duplicates: [Duplicates]
        let tiny: [Named]
        let oneColour: [String]
        let suspects: [Named]?
    }

    /// The scratch folder with a copy of some of the project's drawings.
    private func zoo() throws -> ZooProcess {
        let zoo = try ZooProcess()
        for split in ["train", "val"] {
            for label in ["star", "heart"] {
                for number in 0..<4 {
                    let name = "\(split)/\(label)/00\(number).png"
                    let bytes = try Data(
                        contentsOf: URL(fileURLWithPath: Fixture.file("shapes/data/\(name)").string))
                    try zoo.folder.write([UInt8](bytes), to: "data/\(name)")
                }
            }
        }
        return zoo
    }

    @Test("nothing found: 0; something found: 1, named in text and in JSON")
    func check() async throws {
        let zoo = try zoo()
        let clean = try await zoo("data", "check", "data")
        #expect(clean.status == 0, "\(clean.output)\(clean.errors)")
        #expect(clean.output.hasSuffix("16 images, nothing found\n"))

        try zoo.folder.write(
            [UInt8](Data(contentsOf: URL(fileURLWithPath: zoo.folder.file("data/train/star/000.png").string))),
            to: "data/val/heart/copy.png")
        try zoo.folder.write(
            Array("P6 2 2 255\n".utf8) + [UInt8](repeating: 7, count: 12), to: "data/train/star/dot.ppm")
        try zoo.folder.write(Array("no image".utf8), to: "data/train/star/broken.jpg")
        let found = try await zoo("data", "check", "data", "--json")
        #expect(found.status == 1)
        let findings = try found.json(Findings.self)
        #expect(findings.count == 19)
        #expect(findings.classes.map(\.name) == ["heart", "star"])
        #expect(findings.classes.map(\.train) == [4, 6])
        #expect(findings.classes.map(\.validation) == [5, 4])
        #expect(findings.imbalance == 1.5)
        #expect(findings.unreadable.map(\.path) == ["data/train/star/broken.jpg"])
        #expect(findings.duplicates.map(\.paths) == [["data/train/star/000.png", "data/val/heart/copy.png"]])
        #expect(findings.duplicates.map(\.acrossClasses) == [true])
        #expect(findings.duplicates.map(\.acrossSplits) == [true])
        #expect(findings.tiny.map(\.path) == ["data/train/star/dot.ppm"])
        #expect(findings.oneColour == ["data/train/star/dot.ppm"])
        #expect(findings.suspects == nil)
        let text = try await zoo("data", "check", "data")
        for words in [
            "1 image cannot be decoded:", "data/train/star/broken.jpg: the bytes are no image",
            "the same pixels with different labels and in train and in validation:", "1 image is tiny:",
            "1 image shows one colour only:", "19 images, see above",
        ] {
            #expect(text.output.contains(words), "\(text.output)")
        }
    }

    @Test("with a model, a wrong label is suspected")
    func suspects() async throws {
        let zoo = try zoo()
        let stray = zoo.folder.file("data/train/heart/000.png")
        try zoo.folder.write(
            [UInt8](Data(contentsOf: URL(fileURLWithPath: stray.string))), to: "data/train/star/stray.png")
        try FileManager.default.removeItem(atPath: stray.string)
        let model = Fixture.file("shapes/resnet14-shapes.pth").string
        let found = try await zoo(
            "data", "check", "data", "--model", model, "--arch", "resnet14_cifar", "--neighbours", "3", "--json")
        #expect(found.status == 1, "\(found.errors)")
        #expect(try found.json(Findings.self).suspects?.map(\.path) == ["data/train/star/stray.png"])
    }

    @Test("a list of images is data like a folder")
    func list() async throws {
        let zoo = try zoo()
        let lines = ["star", "heart"].flatMap { label in
            (0..<4).map { "data/train/\(label)/00\($0).png,\(label),train" }
                + (0..<4).map { "data/val/\(label)/00\($0).png,\(label),val" }
        }
        try zoo.folder.write(Array((["path,label,split"] + lines).joined(separator: "\n").utf8), to: "images.csv")
        let checked = try await zoo("data", "check", "images.csv", "--json")
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(try checked.json(Findings.self).classes.map(\.validation) == [4, 4])
        try zoo.folder.write(Array("data/train/star/000.png,star\nnone.png,heart\n".utf8), to: "wrong.csv")
        let wrong = try await zoo("data", "check", "wrong.csv")
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("wrong.csv: line 2: there is no file 'none.png'"))
    }

    @Test("a sheet is written and its rows are named; the same seed gives the same sheet")
    func preview() async throws {
        let zoo = try zoo()
        let arguments = ["data", "preview", "data", "--augment", "light", "--images", "3", "--samples", "2"]
        let first = try await zoo.run(arguments + ["-o", "a.png"])
        #expect(first.status == 0, "\(first.errors)")
        #expect(
            first.output.hasPrefix("a.png: resized-crop=0.5..1,hflip\nROW  CLASS  FILE\n  1  heart  data/train/heart/"))
        #expect(first.output.split(separator: "\n").count == 5)
        #expect(try await zoo.run(arguments + ["-o", "b.png"]).status == 0)
        #expect(try await zoo.run(arguments + ["--seed", "1", "-o", "c.png"]).status == 0)
        let sheets = try ["a.png", "b.png", "c.png"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(sheets[0] == sheets[1])
        #expect(sheets[0] != sheets[2])
        // Width and height of the header: three places of 224 pixels with gaps of 4.
        #expect([UInt8](sheets[0][16..<24]) == [0, 0, 2, 0xb0, 0, 0, 2, 0xb0])
    }

    @Test("a wrong augmentation is a usage error that suggests the right word")
    func wrong() async throws {
        let zoo = try zoo()
        let outcome = try await zoo("data", "preview", "data", "--augment", "hflip,rotat=10", "-o", "a.png")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("there is no step 'rotat'. Did you mean 'rotate'?"))
        #expect(try zoo.folder.contents().contains("a.png") == false)
    }
}
