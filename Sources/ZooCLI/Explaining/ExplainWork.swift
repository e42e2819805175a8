import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooTraining

/// A `zoo explain` whose network was loaded.
struct ExplainWork {
    private let command: ExplainCommand
    private let network: PretrainedNetwork
    private let folder: FilePath
    private let console: Console
    private let explainer: Explainer

    /// - Throws: ``UsageError`` for a class that the network does not know; ``TrainingError`` for a network of several tasks.
    init(
        command: ExplainCommand, network: PretrainedNetwork, folder: FilePath, running: NetworkRunner.Options,
        console: Console
    ) throws {
        try network.requireOneQuestion()
        self.command = command
        self.network = network
        self.folder = folder
        self.console = console
        var request = Explainer.Request(methods: command.method.all)
        request.layer = command.layer
        request.windowSide = command.window
        request.windowStride = command.stride
        request.colour = command.baseline?.colour
        request.output = try command.label.map { try Self.output(of: $0, network) }
        explainer = Explainer(network, request, running: running)
    }

    /// The output that a name, or a number, stands for.
    private static func output(of name: String, _ network: PretrainedNetwork) throws -> Int {
        if let index = network.classes?.firstIndex(of: name) { return index }
        if network.classes == nil, let index = Int(name), (0..<network.head.outputs).contains(index) { return index }
        guard let classes = network.classes else {
            throw UsageError(
                "--class \(name): the names of the network's classes are unknown; give a number from 0 to "
                    + "\(network.head.outputs - 1)")
        }
        let advice = Suggestion.question(Suggestion.nearest(to: name, among: classes))
        let shown = classes.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        throw UsageError(
            "--class: the network knows no class '\(name)'. "
                + (advice ?? "It knows \(shown)\(classes.count > 5 ? " and \(classes.count - 5) more" : "")"))
    }

    func run() throws {
        let progress = ProgressLine(console)
        var images: [ExplainedImage] = []
        var answers: [ExplainAnswer.Image] = []
        var failures: [ImageError] = []
        var names = UniqueNames()
        for (index, path) in command.images.enumerated() {
            try Interruption.check()
            do {
                let image = try explainer.explain(FilePath(path)) { share in
                    try Interruption.check()
                    let done = Int((Double(index) + share) * 100)
                    progress.update("explaining", done / 100, of: command.images.count, "images")
                }
                answers.append(try write(image, names.name(for: image.path)))
                images.append(image)
            } catch let error as ImageError {
                failures.append(error)
            }
        }
        progress.clear()
        for failure in failures { console.error(MissingFile.explanation(of: failure, about: failure.path)) }
        var page: FilePath?
        if !images.isEmpty {
            let target = folder.appending("index.html")
            try ExplanationReport(model: command.model, network: network, images: images).write(to: target)
            page = target
        }
        try show(ExplainAnswer(images: answers, page: page?.string))
        if !failures.isEmpty { throw CommandAnswer(status: .unreadable) }
    }

    /// Writes the pictures of an image.
    private func write(_ image: ExplainedImage, _ name: String) throws -> ExplainAnswer.Image {
        let findings = try image.findings.map { finding in
            let path = folder.appending("\(name).\(finding.method.rawValue).png")
            var file = try AtomicFile(at: path)
            try file.write(try PNGEncoder.encode(finding.overlay(on: image.seen)))
            try file.publish(durably: false)
            return ExplainAnswer.Finding(finding, overlay: path.string, size: image.seen.size)
        }
        return ExplainAnswer.Image(image, findings)
    }

    private func show(_ answer: ExplainAnswer) throws {
        if command.talk.json { return try console.json(answer) }
        for image in answer.images {
            console.result("\(image.path): \(image.explained.label) \(Formatting.percent(image.explained.probability))")
            for finding in image.findings {
                console.result("  \(finding.overlay)\(finding.isEmpty ? " (nothing speaks for it)" : "")")
            }
        }
        if let page = answer.page { console.message("page: \(page)") }
    }
}

/// Names of files of one folder, none of which comes twice.
struct UniqueNames {
    private var taken = Set<String>()

    /// A name after the stem of a path: `cat`, and `cat-2` for the next one of that stem.
    mutating func name(for path: FilePath) -> String {
        let stem = path.lastComponent?.stem ?? "image"
        var (name, number) = (stem, 1)
        while !taken.insert(name).inserted {
            number += 1
            name = "\(stem)-\(number)"
        }
        return name
    }
}
