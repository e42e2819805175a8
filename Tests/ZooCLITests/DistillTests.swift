import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("zoo distill, as users run it", .slow, .timeLimit(.minutes(4))) struct DistillTests {
    struct Answer: Decodable {
        let teacher: String
        let teacherAccuracy: Double?
        let temperature, labelWeight, featureWeight: Double
        let unlabelledCount: Int
        let training: FinetuneAnswer
    }

    static let data = Fixture.file("shapes/data").string

    /// A folder with a teacher for the images, `teacher.pth`.
    private func fixture() async throws -> ZooProcess {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "-o", "teacher.pth")
        #expect(trained.status == 0, "\(trained.errors)")
        return zoo
    }

    /// Copies images into a folder without class folders.
    private func flatten(_ part: String, to name: String, in zoo: ZooProcess) throws {
        let source = Fixture.file("shapes/data/\(part)")
        let target = zoo.folder.file(name)
        try FileManager.default.createDirectory(atPath: target.string, withIntermediateDirectories: true)
        for path in try FileManager.default.subpathsOfDirectory(atPath: source.string) where path.hasSuffix(".png") {
            try FileManager.default.copyItem(
                atPath: source.string + "/" + path,
                toPath: target.appending(path.replacingOccurrences(of: "/", with: "-")).string)
        }
    }

    @Test func aStudentLearnsWithLabelsAndFeatures() async throws {
        let zoo = try await fixture()
        let run = try await zoo(
            "distill", "teacher.pth", Self.data, "--student", "resnet14-shapes", "--epochs", "4", "--lr", "0.01",
            "--feature-weight", "0.5", "--label-weight", "0.3", "-o", "student.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.teacher == "teacher.pth" && (answer.teacherAccuracy ?? 0) > 0.9)
        #expect(answer.labelWeight == 0.3 && answer.featureWeight == 0.5 && answer.unlabelledCount == 0)
        #expect(answer.training.bestAccuracy > 0.8)
        let seen = try await zoo("evaluate", "student.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == answer.training.bestAccuracy, "the file holds the student without the map of features")
        let settings = try String(
            contentsOfFile: zoo.folder.file("student.run").appending("run.json").string, encoding: .utf8)
        #expect(settings.contains("\"temperature\" : \"4.0\"") && settings.contains("\"teacher-weights\""))
    }

    @Test func imagesNeedNoLabels() async throws {
        let zoo = try await fixture()
        try flatten("train", to: "flat", in: zoo)
        let run = try await zoo(
            "distill", "teacher.pth", "flat", "--student", "resnet14-shapes", "--epochs", "4", "--lr", "0.01", "-o",
            "student.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("accuracy means agreement with the teacher"))
        let answer = try run.json(Answer.self)
        #expect(answer.teacherAccuracy == nil && answer.labelWeight == 0)
        #expect(155...165 ~= answer.unlabelledCount, "a fifth of each of the teacher's classes is set aside")
        let seen = try await zoo("evaluate", "student.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy > 0.8, "the outputs have the teacher's classes")

        try FileManager.default.createDirectory(
            atPath: zoo.folder.file("parts").string, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Self.data + "/val", toPath: zoo.folder.file("parts").appending("val").string)
        try FileManager.default.moveItem(
            atPath: zoo.folder.file("flat").string, toPath: zoo.folder.file("parts").appending("train").string)
        let parts = try await zoo(
            "distill", "teacher.pth", "parts", "--student", "resnet14-shapes", "--epochs", "1", "--json")
        let judged = try parts.json(Answer.self)
        #expect(judged.unlabelledCount == 200 && (judged.teacherAccuracy ?? 0) > 0.9, "people labelled the others")
    }

    @Test func imagesWithoutLabelsJoinThoseWithLabels() async throws {
        let zoo = try await fixture()
        try flatten("val", to: "more", in: zoo)
        let run = try await zoo(
            "distill", "teacher.pth", Self.data, "--student", "resnet14-shapes", "--epochs", "1", "--unlabelled",
            "more", "-o", "student.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.unlabelledCount == 100 && answer.labelWeight == 0.1)
        #expect(run.errors.contains("300 training images"))
    }

    /// Without augmentation the teacher is asked once: what it said must be the same after a resume.
    @Test("a killed run goes on to the same bits", arguments: ["none", "light"])
    func killedRun(augmentation: String) async throws {
        let zoo = try await fixture()
        let words = [
            "distill", "teacher.pth", Self.data, "--student", "resnet14-shapes", "--epochs", "10", "--no-labels",
            "--augment", augmentation, "--feature-weight", "0.1", "--ema", "0.9",
        ]
        #expect(try await zoo.run(words + ["-o", "whole.pth"]).status == 0)
        let state = zoo.folder.file("killed.run").appending("state.pth").string
        _ = try await zoo.run(words + ["-o", "killed.pth"], stoppedBy: .kill) {
            FileManager.default.fileExists(atPath: state)
        }
        let other = try await zoo.run(words + ["-o", "killed.pth", "--resume", "--temperature", "2"])
        #expect(other.status == 2 && other.errors.contains("--temperature was 4.0 and is 2.0"), "\(other.errors)")
        #expect(try await zoo.run(words + ["-o", "killed.pth", "--resume"]).status == 0)
        let files = try ["whole.pth", "killed.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            (["--temperature", "0"], "--temperature must be a positive number"),
            (["--label-weight", "1.5"], "--label-weight must be from 0 to 1"),
            (["--no-labels", "--label-weight", "0.5"], "--no-labels leaves no labels"),
            (["--head-only"], "'zoo distill' has no --head-only"),
            (["--folds", "3"], "'zoo distill' has no --folds"),
            (["--epohcs", "3"], "Did you mean '--epochs'?"),
            (["--unlabelled", "nowhere"], "nowhere: there is no such folder"),
        ] as [([String], String)])
    func defects(words: [String], complaint: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(["distill", "resnet14-shapes", Self.data, "--student", "resnet14-shapes"] + words)
        #expect(run.status == 2)
        #expect(run.errors.contains(complaint), "\(run.errors)")
    }

    @Test func aTeacherOfOtherClassesIsRefused() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo("distill", "resnet14-shapes", Self.data, "--student", "resnet14-shapes")
        #expect(run.status == 2)
        #expect(run.errors.contains("the network does not know the data's classes"), "\(run.errors)")
    }
}
