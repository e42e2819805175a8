import ArgumentParser
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// `zoo ensemble soup`: one network with the mean of several networks' weights.
struct EnsembleSoupCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "soup",
        abstract: "Average the weights of networks of one architecture.",
        discussion: """
            The result is an ordinary network, as fast as each member. This works for networks that were fine-tuned from the \
            same weights with other seeds or settings. With --greedy a member comes in only if the soup does not get worse \
            on the validation part of DATA, the best member first.

            Examples:
              zoo ensemble soup a.pth b.pth c.pth -o soup.pth
              zoo ensemble soup a.pth b.pth c.pth --greedy photos
            """)

    @OptionGroup var options: EnsembleOptions

    @Option(
        help: ArgumentHelp(
            "Take in only what does not make the soup worse on the validation part of these images.",
            valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var greedy: String?

    func run() throws {
        let output = FilePath(options.output)
        try OutputFile.check(output)
        let work = try EnsembleWork(options)
        let images = try greedy.map { try DataArgument.evaluationImages(FilePath($0), console: work.console) }
        let networks = try work.networks(options.members, needsHead: true)
        guard let classes = networks[0].network.classes else {
            throw TrainingError(
                .classMismatch, "\(networks[0].name) does not say what its outputs mean; a file with classes is wanted")
        }
        let soup = try WeightSoup(networks)
        let (network, steps) = try cook(soup, images, work)
        let kept = steps.map { $0.filter(\.isKept).map(\.ingredient) } ?? Array(networks.indices)
        let model = FineTunedModel(
            graph: network.graph, tensors: network.parameters, classes: classes,
            preprocessing: network.preprocessing,
            provenance: [
                ("method", greedy == nil ? "uniform soup" : "greedy soup"),
                ("members", kept.map { networks[$0].name }.joined(separator: ", ")),
            ])
        try model.write(to: output)
        let ingredients =
            steps?.map {
                SoupAnswer.Ingredient(
                    name: networks[$0.ingredient].name, isKept: $0.isKept, accuracy: $0.ownAccuracy,
                    soupAccuracy: $0.accuracy)
            }
            ?? networks.map { SoupAnswer.Ingredient(name: $0.name, isKept: true, accuracy: nil, soupAccuracy: nil) }
        try show(
            SoupAnswer(
                output: options.output, ingredients: ingredients,
                accuracy: steps?.last { $0.isKept }?.accuracy, count: images?.samples.count,
                seconds: work.start.secondsUntilNow), work.console)
    }

    private func cook(
        _ soup: WeightSoup, _ images: ImageFolder?, _ work: EnsembleWork
    ) throws -> (PretrainedNetwork, [WeightSoup.Step]?) {
        guard let images else { return (try soup.average(of: Array(options.members.indices)), nil) }
        let progress = ProgressLine(work.console)
        let running = try work.runnerOptions
        var judged = 0
        let (network, steps) = try soup.greedy { network in
            let outputs = try Evaluation.outputs(for: images.classes, of: network)
            let results = try network.logits(of: images.samples, running: running) { _ in try Interruption.check() }
            judged += 1
            progress.update("judging", judged, of: 2 * options.members.count - 1, "networks")
            guard !results.sampleIndices.isEmpty else {
                throw TrainingError(.unusableData, "\(images.path): none of the images could be read")
            }
            return Evaluation(
                logits: results.rows, labels: results.sampleIndices.map { images.samples[$0].label }, outputs: outputs
            ).confusion.accuracy
        }
        progress.clear()
        return (network, steps)
    }

    private func show(_ answer: SoupAnswer, _ console: Console) throws {
        if options.talk.json { return try console.json(answer) }
        if greedy != nil {
            var table = Table([
                .init("MEMBER", .left, .shortened), .init("ACCURACY", .right), .init("SOUP", .right),
                .init("KEPT", .left),
            ])
            for ingredient in answer.ingredients {
                table.add([
                    ingredient.name, ingredient.accuracy.map(Formatting.percent) ?? "",
                    ingredient.soupAccuracy.map(Formatting.percent) ?? "", ingredient.isKept ? "yes" : "no",
                ])
            }
            console.result(table)
        }
        console.result(answer.output)
    }
}
