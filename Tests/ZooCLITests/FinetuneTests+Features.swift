import Foundation
import SystemPackage
import TestSupport
import Testing

/// Features of images that are kept from run to run.
extension FinetuneTests {
    @Test func featuresAreComputedOnce() async throws {
        let zoo = try ZooProcess()
        struct Answer: Decodable {
            let computedFeatureCount: Int
        }
        let copy = zoo.folder.file("data")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        func train(_ output: String, _ options: String...) async throws -> Int {
            let run = try await zoo.run(
                ["finetune", copy.string, "--model", "resnet14-shapes", "--head-only", "-o", output, "--json"] + options
            )
            #expect(run.status == 0, "\(run.errors)")
            let answer = try run.json(Answer.self)
            return answer.computedFeatureCount
        }
        let total = try await train("fresh.pth", "--no-feature-cache")
        #expect(try await train("first.pth") == total)
        #expect(try await train("second.pth") == 0)
        let files = try ["fresh.pth", "first.pth", "second.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1] && files[1] == files[2])

        let image = copy.appending("train").appending("star").appending("000.png").string
        let other = copy.appending("val").appending("star").appending("001.png").string
        try FileManager.default.removeItem(atPath: image)
        try FileManager.default.copyItem(atPath: copy.appending("val/heart/001.png").string, toPath: image)
        #expect(try await train("known.pth") == 0, "that image was seen under another name")
        try Data(Data(contentsOf: URL(fileURLWithPath: other)) + [0]).write(to: URL(fileURLWithPath: image))
        #expect(try await train("changed.pth") == 1)
        #expect(try await train("precision.pth", "--exact") == total, "another algorithm gives other features")
    }

    @Test func augmentedCopiesAreFeaturesToo() async throws {
        let zoo = try ZooProcess()
        struct Answer: Decodable {
            let computedFeatureCount, trainCount, valCount: Int
            let bestAccuracy: Double
        }
        let copy = zoo.folder.file("data")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        func train(_ output: String, _ more: String...) async throws -> Answer {
            let run = try await zoo.run(
                [
                    "finetune", copy.string, "--model", "resnet14-shapes", "--head-only", "--augment",
                    "hflip,rotate=10", "--augment-copies", "2", "-o", output, "--json",
                ] + more)
            #expect(run.status == 0, "\(run.errors)")
            return try run.json(Answer.self)
        }
        let first = try await train("a.pth")
        #expect(first.computedFeatureCount == 2 * first.trainCount + first.valCount)
        #expect(first.bestAccuracy > 0.7)
        #expect(try await train("b.pth").computedFeatureCount == 0)

        let stars = copy.appending("train").appending("star")
        try FileManager.default.removeItem(
            atPath: copy.appending("train").appending("arrow").appending("000.png").string)
        #expect(try await train("fewer.pth").computedFeatureCount == 0, "the others look as before")
        try FileManager.default.copyItem(
            atPath: stars.appending("000.png").string, toPath: stars.appending("again.png").string)
        #expect(try await train("twice.pth").computedFeatureCount == 2, "the same photo again is augmented anew")
        #expect(try await train("unkept.pth", "--no-feature-cache").computedFeatureCount == first.computedFeatureCount)
        let tensors = try await digests(zoo, "twice.pth")
        #expect(try await digests(zoo, "unkept.pth") == tensors, "with the store or without, the same result")
    }
}
