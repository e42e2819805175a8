import ArgumentParser
import SystemPackage
import ZooImage
import ZooTraining

/// `zoo explain`: where in images a network finds its answer.
struct ExplainCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show where in images a network finds its answer.",
        discussion: """
            For each image a PNG of what the network saw, with colour over the places that speak for the class, and a page \
            with all of them (index.html).

            gradcam is Grad-CAM of a layer: how much the class's logit rises with what the layer found there. One \
            backward pass; as fine as the layer's result. By default the last layer with an image as its result; for a ViT \
            the layer norm before its last attention.

            occlusion is the mean fall of the class's log-odds where a window covers the image. It asks nothing of the \
            network but its answers; a run for each place of the window.

            A map shows what the network uses, not what is right; look at several images, right and wrong ones.

            Examples:
              zoo explain photos.pth cat.jpg dog.jpg -o explained
              zoo explain resnet50 cat.jpg --class 'tiger cat' -o explained
              zoo explain photos.pth cat.jpg --method gradcam,occlusion -o explained
              zoo explain photos.pth cat.jpg --layer layer3 -o explained --json
            """)

    @Argument(
        help: ArgumentHelp("A registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("Images.", valueName: "image"), completion: .file(extensions: Completions.imageExtensions))
    var images: [String]

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The folder that the pictures and the page go to.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("gradcam, occlusion, or both with a comma between them.", valueName: "methods"))
    var method = ExplainMethods(all: [.gradcam])

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "The class to explain, by its name, or by its number where names are unknown.",
            discussion: "For each image the likeliest one by default.", valueName: "name"))
    var label: String?

    @Option(
        help: ArgumentHelp(
            "The layer, or module, whose result Grad-CAM looks at, such as layer3 or features.17.", valueName: "name"))
    var layer: String?

    @Option(
        help: ArgumentHelp(
            "The side of the window that covers.", discussion: "A quarter of the image by default.", valueName: "pixels"
        ))
    var window: Int?

    @Option(
        help: ArgumentHelp(
            "How far the window is moved.", discussion: "A quarter of the window by default.", valueName: "pixels"))
    var stride: Int?

    @Option(
        help: ArgumentHelp(
            "What covers: the mean colour of the network's images, or another; mean by default.", valueName: "colour"))
    var baseline: Baseline?

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    /// What covers a window.
    enum Baseline: String, ExpressibleByArgument, CaseIterable {
        case mean, black, white, grey

        /// The colour from 0 to 1; `nil` for the mean of the network's images.
        var colour: [Float]? {
            switch self {
            case .mean: nil
            case .black: [0, 0, 0]
            case .white: [1, 1, 1]
            case .grey: [0.5, 0.5, 0.5]
            }
        }
    }

    func validate() throws {
        if !method.all.contains(.occlusion), window != nil || stride != nil || baseline != nil {
            throw ValidationError("--window, --stride and --baseline go with --method occlusion")
        }
        if !method.all.contains(.gradcam), layer != nil { throw ValidationError("--layer goes with --method gradcam") }
        for (name, value) in [("window", window), ("stride", stride)] where value.map({ $0 < 1 }) ?? false {
            throw ValidationError("--\(name) must be at least 1")
        }
    }

    func run() throws {
        let session = try Session()
        let folder = try OutputFolder.make(FilePath(output))
        let source = try ModelArgument.resolve(model, session: session, console: talk.console)
        let network = try source.load(session: session, options: running, console: talk.console, needsHead: true)
        let work = try ExplainWork(
            command: self, network: network, folder: folder,
            running: try running.runnerOptions(session: session, console: talk.console), console: talk.console)
        try work.run()
    }
}

/// Some of the ways to explain, as people type them.
struct ExplainMethods: ExpressibleByArgument {
    let all: [ExplainedImage.Method]

    init(all: [ExplainedImage.Method]) {
        self.all = all
    }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        let methods = names.compactMap { ExplainedImage.Method(rawValue: String($0)) }
        guard methods.count == names.count, Set(methods).count == methods.count else { return nil }
        all = methods
    }

    var defaultValueDescription: String { all.map(\.rawValue).joined(separator: ",") }
}
