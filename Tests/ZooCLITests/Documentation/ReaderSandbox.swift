import Foundation
import SystemPackage
import TestSupport
import Testing

/// A folder as somebody has it who follows a guide: photos, some checkpoints, `zoo` in the path, and no network.
///
/// Commands run as they are written, with four exceptions that ``runnable(_:)`` makes: networks are the small one that
/// comes with zoo, what would be fetched from far away is looked at with `--dry-run`, `make` says what it would do, and of
/// a profiler's command what it profiles is run, with the program that is tested.
struct ReaderSandbox {
    let zoo: ZooProcess

    /// - Parameter hasCache: whether a model is in PyTorch's cache already.
    init(hasCache: Bool = true) throws {
        zoo = try ZooProcess()
        let files = FileManager.default
        let shapes = Fixture.file("shapes")
        let data = shapes.appending("data")
        try Self.copySome(of: data, to: zoo.folder.file("photos"))
        try Self.writeList(of: zoo.folder.file("photos"), in: zoo.folder)
        let weights = shapes.appending("resnet14-shapes.pth")
        let cached = ("torch/hub/checkpoints/resnet14-shapes.pth", weights)
        for (name, source) in (hasCache ? [cached] : []) + [
            ("model.pth", weights), ("new.jpg", data.pushing(FilePath("val/star/000.png"))),
            ("new", data.pushing(FilePath("val/heart"))),
        ] {
            let target = zoo.folder.path.pushing(FilePath(name))
            try files.createDirectory(
                atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
            try files.copyItem(atPath: source.string, toPath: target.string)
        }
        for image in try files.contentsOfDirectory(atPath: zoo.folder.file("new").string) {
            let path = zoo.folder.file("new").appending(image).string
            try files.moveItem(atPath: path, toPath: path.replacing(".png", with: ".jpg"))
        }
        try files.createSymbolicLink(
            atPath: zoo.folder.file("fixtures").string,
            withDestinationPath: RealData.projectRoot.appending("fixtures").string)
    }

    /// Copies the first images of each class, enough for every command.
    private static func copySome(of data: FilePath, to photos: FilePath) throws {
        let files = FileManager.default
        for (part, count) in [("train", 8), ("val", 4)] {
            let folder = data.appending(part)
            for name in try files.contentsOfDirectory(atPath: folder.string) {
                let target = photos.appending(part).appending(name)
                try files.createDirectory(atPath: target.string, withIntermediateDirectories: true)
                for image in try files.contentsOfDirectory(atPath: folder.appending(name).string).sorted().prefix(count)
                {
                    try files.copyItem(
                        atPath: folder.appending(name).appending(image).string, toPath: target.appending(image).string)
                }
            }
        }
    }

    /// Lists the photos with two labels each, some of which are missing.
    private static func writeList(of photos: FilePath, in folder: ScratchFolder) throws {
        var lines = ["path,species,sex,split"]
        for path in try FileManager.default.subpathsOfDirectory(atPath: photos.string).sorted()
        where path.hasSuffix(".png") {
            let parts = path.split(separator: "/")
            let sex = ["female", "male", "", "male", "female"][lines.count % 5]
            lines.append("photos/\(path),\(parts[1]),\(sex),\(parts[0])")
        }
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "photos.csv")
    }

    /// What stands in for what: the network that comes with zoo has the layers `layer1` to `layer3` and `linear`.
    private static let standIns = [
        ("resnet18,densenet121", "resnet14-shapes,model.pth"),
        ("resnet18-photos", "resnet14_cifar-photos"), (" resnet18", " resnet14-shapes"),
        (" mobilenet_v1_x0_25", " resnet14-shapes"), ("layer4", "layer3"), (":fc", ":linear"),
    ]

    /// The command as it can be run here, and whether an exit code of 1 is an answer like 0.
    func runnable(_ command: String) -> (text: String, mayAnswerNo: Bool) {
        let words = command.split(separator: " ").map(String.init)
        if let make = words.firstIndex(of: "make") {
            let targets = words[words.index(after: make)...].prefix { !$0.hasPrefix("#") }
            return ("make -n -C '\(RealData.projectRoot)' \(targets.joined(separator: " ")) >/dev/null", false)
        }
        var text = profiled(command)
        let isFar =
            command.contains("zoo fetch") && !command.contains("resnet14-shapes") && !command.contains("--frozen")
        if isFar {
            if !command.contains("--dry-run") { text += " --dry-run" }
        } else if command.contains("zoo ") {
            for (name, standIn) in Self.standIns { text = text.replacing(name, with: standIn) }
        }
        let answers = ["zoo verify", "zoo data check", "zoo scan", "zoo diff", "zoo doctor"]
        return (text, answers.contains { command.contains($0) })
    }

    /// What a profiler's command profiles, and nothing for one that only shows results; other commands as they are.
    private func profiled(_ command: String) -> String {
        let words = command.split(separator: " ")
        let program = words.firstIndex { $0.hasSuffix("/release/zoo") }
        let isProfiler = ["perf", "valgrind"].contains(words.first ?? "")
        guard let program else { return isProfiler ? "true" : command }
        return ((isProfiler ? [] : words[..<program]) + ["zoo"] + words[(program + 1)...]).joined(separator: " ")
    }

    /// Runs commands in one shell, as a person types them one after another.
    ///
    /// - Returns: What each printed, both streams together.
    func run(_ commands: [String]) async throws -> ZooProcess.Outcome {
        var script = ["set -eu", "exec 2>&1"]
        for command in commands {
            let (text, mayAnswerNo) = runnable(command)
            script += ["printf '%s\\n' \(Self.quoted("$ " + command))"]
            script += [mayAnswerNo ? "\(text) || [ $? -eq 1 ]" : text]
        }
        var zoo = zoo
        zoo.environment["PATH"] = "\(ZooProcess.program.removingLastComponent()):/usr/local/bin:/usr/bin:/bin"
        zoo.environment["HOME"] = zoo.folder.path.string
        return try await zoo.shell(script.joined(separator: "\n"))
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
