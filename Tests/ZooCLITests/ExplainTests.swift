import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("zoo explain and what else says why, as users run it", .slow, .timeLimit(.minutes(3))) struct ExplainTests {
    struct Answer: Decodable {
        struct Image: Decodable {
            struct Guess: Decodable {
                let label: String
                let probability: Double
            }
            struct Finding: Decodable {
                let method, overlay: String
                let map: [[Float]]?
            }
            let width, height: Int
            let explained, likeliest: Guess
            let findings: [Finding]
        }
        let images: [Image]
        let page: String?
    }

    static let data = Fixture.file("shapes/data").string
    static let star =
        FileManager.default.enumerator(atPath: data + "/val/star")?.compactMap { $0 as? String }.min() ?? ""

    private func trained(_ zoo: ZooProcess) async throws {
        let run = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "10", "-o", "a.pth")
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test func picturesAndAPageAreWritten() async throws {
        let zoo = try ZooProcess()
        try await trained(zoo)
        let image = "\(Self.data)/val/star/\(Self.star)"
        let run = try await zoo(
            "explain", "a.pth", image, image, "-o", "why", "--method", "gradcam,occlusion", "--window", "8", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        let names = answer.images.flatMap { $0.findings.map(\.overlay) }
        let stem = String(Self.star.dropLast(4))
        #expect(
            names == [
                "why/\(stem).gradcam.png", "why/\(stem).occlusion.png", "why/\(stem)-2.gradcam.png",
                "why/\(stem)-2.occlusion.png",
            ])
        for name in names {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file(name).string))
            #expect(bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]))
            // Width and height of the header.
            #expect(
                Array(bytes[16..<24]) == [
                    0, 0, 0, UInt8(answer.images[0].width), 0, 0, 0, UInt8(answer.images[0].height),
                ])
        }
        #expect(answer.images[0].likeliest.label == "star" && answer.images[0].explained.label == "star")
        #expect(answer.images[0].findings[0].map?.count == 8)
        let page = try Markup(String(contentsOfFile: zoo.folder.file("why/index.html").string, encoding: .utf8))
        #expect(page.requests == [] && page.text.contains("Grad-CAM for star"))
    }

    @Test func anotherClassIsExplainedByName() async throws {
        let zoo = try ZooProcess()
        try await trained(zoo)
        let image = "\(Self.data)/val/star/\(Self.star)"
        let run = try await zoo("explain", "a.pth", image, "-o", "why", "--class", "heart", "--json")
        let answer = try run.json(Answer.self)
        #expect(answer.images[0].explained.label == "heart" && answer.images[0].likeliest.label == "star")
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            (["--class", "hart"], 2, "no class 'hart'. Did you mean 'heart'?"),
            (["--layer", "layer9"], 2, "no layer 'layer9'. Did you mean 'layer"),
            (["--window", "4"], 2, "go with --method occlusion"), (["--method", "gradcan"], 2, "method"),
            (["--method", "occlusion", "--window", "4000"], 2, "does not fit into an image"),
        ] as [([String], Int, String)])
    func defects(words: [String], status: Int, complaint: String) async throws {
        let zoo = try ZooProcess()
        try await trained(zoo)
        let run = try await zoo.run(["explain", "a.pth", "\(Self.data)/val/star/\(Self.star)", "-o", "why"] + words)
        #expect(run.status == status && run.errors.contains(complaint), "\(run.errors)")
    }

    @Test func anImageThatIsNoneIsNamedAndTheOthersAreExplained() async throws {
        let zoo = try ZooProcess()
        try await trained(zoo)
        try zoo.folder.write([1, 2], to: "broken.png")
        let run = try await zoo(
            "explain", "a.pth", "broken.png", "\(Self.data)/val/star/\(Self.star)", "-o", "why", "--json")
        #expect(run.status == 5 && run.errors.contains("broken.png"))
        #expect(try run.json(Answer.self).images.count == 1)
    }

    @Test func slicesOfAnEvaluation() async throws {
        struct Evaluation: Decodable {
            struct Slice: Decodable {
                let property: String
                let count: Int
                let accuracy: Double
                let interval: [Double]
            }
            let count: Int
            let slices: [Slice]?
        }
        let zoo = try ZooProcess()
        try await trained(zoo)
        let run = try await zoo("evaluate", "a.pth", Self.data, "--slices", "--html", "page.html", "--json")
        let answer = try run.json(Evaluation.self)
        let slices = try #require(answer.slices)
        let bright = slices.filter { $0.property == "brightness" }
        #expect(bright.count == 4 && bright.reduce(0) { $0 + $1.count } == answer.count)
        #expect(slices.allSatisfy { $0.interval[0] <= $0.accuracy && $0.accuracy <= $0.interval[1] })
        let page = try Markup(String(contentsOfFile: zoo.folder.file("page.html").string, encoding: .utf8))
        #expect(page.sections.contains("slices"))
        #expect(try await zoo("evaluate", "a.pth", Self.data, "--json").json(Evaluation.self).slices == nil)
    }

    @Test func swappedLabelsAreCandidates() async throws {
        struct Check: Decodable {
            struct Errors: Decodable {
                struct Candidate: Decodable {
                    let path, label, suggestion: String
                }
                let noiseShare: Double
                let candidates: [Candidate]
            }
            let labelErrors: Errors
        }
        let zoo = try ZooProcess()
        let copy = zoo.folder.file("photos")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        for number in 0..<5 {
            try FileManager.default.moveItem(
                atPath: copy.string + "/train/star/00\(number).png",
                toPath: copy.string + "/train/heart/stray\(number).png")
        }
        let run = try await zoo(
            "data", "check", "photos", "--model", "resnet14-shapes", "--label-errors", "--html", "labels.html", "--json"
        )
        #expect(run.status == 1, "\(run.errors)")
        let errors = try run.json(Check.self).labelErrors
        let strays = errors.candidates.filter { $0.path.contains("heart/stray") }
        #expect(strays.count >= 3 && strays.allSatisfy { $0.suggestion == "star" && $0.label == "heart" })
        #expect(errors.candidates.count < 10 && errors.noiseShare > 0 && errors.noiseShare < 0.1)
        let page = try Markup(String(contentsOfFile: zoo.folder.file("labels.html").string, encoding: .utf8))
        #expect(
            page.requests == []
                && strays.allSatisfy { page.text.contains("heart/" + ($0.path.split(separator: "/").last ?? "")) })
        let bare = try await zoo("data", "check", "photos", "--label-errors")
        #expect(bare.status == 2 && bare.errors.contains("needs the features of a --model"))
    }

    @Test func aLearningCurveHasAPointForEveryShare() async throws {
        struct Curve: Decodable {
            struct Point: Decodable {
                let imageCount: Int
                let accuracies: [Double]
                let mean: Double
            }
            let points: [Point]
        }
        let zoo = try ZooProcess()
        let words = [
            "learning-curve", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "4", "--shares",
            "0.05,0.2,1", "--repeats", "2", "--html", "curve.html", "--json",
        ]
        let run = try await zoo.run(words)
        #expect(run.status == 0, "\(run.errors)")
        let points = try run.json(Curve.self).points
        #expect(points.map(\.imageCount) == [10, 40, 200] && points.allSatisfy { $0.accuracies.count == 2 })
        #expect(points[0].mean <= points[2].mean)
        #expect(try await zoo.run(words).json(Curve.self).points.map(\.accuracies) == points.map(\.accuracies))
        let page = try Markup(String(contentsOfFile: zoo.folder.file("curve.html").string, encoding: .utf8))
        #expect(page.requests == [] && page.text.contains("Validation accuracy"))
        for (shares, complaint) in [("0.5,0.2", "shares"), ("0,1", "shares"), ("a", "shares")] {
            let refused = try await zoo("learning-curve", Self.data, "--shares", shares)
            #expect(refused.status == 2 && refused.errors.contains(complaint))
        }
    }
}
