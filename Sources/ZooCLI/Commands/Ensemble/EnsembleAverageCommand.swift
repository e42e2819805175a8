import ArgumentParser
import SystemPackage
import ZooImage
import ZooTraining

/// `zoo ensemble average`: the mean of the members' probabilities.
struct EnsembleAverageCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "average",
        abstract: "Average the probabilities of the members.",
        discussion: """
            With --data the members' weights are those that give the right classes of its validation images the largest \
            probability; the accuracy that is shown is of weights learnt on other images (five parts in turn). Without, or \
            with --weights equal, all members count the same.

            Examples:
              zoo ensemble average a.pth b.pth c.pth -o mean.pth
              zoo ensemble average a.pth b.pth c.pth --data photos
              zoo ensemble average a.pth b.pth --weights 0.7,0.3
            """)

    /// How much the members count.
    enum Weights: ExpressibleByArgument {
        case equal, learnt
        case given([Double])

        init?(argument: String) {
            switch argument {
            case "equal": self = .equal
            case "learnt": self = .learnt
            default:
                let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
                let known = numbers.compactMap { $0 }
                guard known.count == numbers.count, known.allSatisfy({ $0 >= 0 && $0.isFinite }),
                    known.contains(where: { $0 > 0 })
                else { return nil }
                self = .given(known)
            }
        }
    }

    @OptionGroup var options: EnsembleOptions

    @Option(
        help: ArgumentHelp(
            "Learn the weights on the validation part of these images, and judge by it.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "How much members count: equal, learnt, or numbers with commas.", valueName: "weights"))
    var weights: Weights?

    func validate() throws {
        if case .learnt = weights, data == nil { throw ValidationError("--weights learnt needs images: --data") }
        if case .given(let numbers) = weights, numbers.count != options.members.count {
            throw ValidationError(
                "--weights has \(numbers.count) numbers for \(options.members.count) members; give one for each")
        }
    }

    func run() throws {
        try OutputFile.check(FilePath(options.output))
        let work = try EnsembleWork(options)
        let images = try data.map { try DataArgument.evaluationImages(FilePath($0), console: work.console) }
        var ensemble = try EnsembleClassifier(of: try work.classifiers(options.members))
        if case .given(let numbers) = weights {
            let sum = numbers.reduce(0, +)
            ensemble.combination = .average(weights: numbers.map { $0 / sum })
        }
        let answer = work.answer(ensemble, output: options.output, method: "average")
        guard let images else {
            return try work.finish(ensemble, nil, answer, provenance: [], talk: options.talk)
        }
        let found = try work.answers(ensemble, images)
        switch weights {
        case .equal, .given: try work.finish(ensemble, found, answer, provenance: [], talk: options.talk)
        case .learnt, nil:
            let learnt = ensemble.withLearntWeights(found.answers, labels: found.labels)
            try work.finish(
                learnt.ensemble, found, answer, judged: learnt.crossFitted, note: "weights learnt on the others",
                provenance: [("weights", "learnt on \(images.path)")], talk: options.talk)
        }
    }
}
