import ArgumentParser
import SystemPackage
import ZooTraining

/// `zoo ensemble vote`: the class that most members take an image for.
struct EnsembleVoteCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "vote",
        abstract: "Let each member vote for one class.",
        discussion: """
            The class with the most votes wins; of equal ones the one that the members' mean probability is larger of. The \
            probabilities of the result are shares of votes: average where probabilities matter.

            Examples:
              zoo ensemble vote a.pth b.pth c.pth -o vote.pth
              zoo ensemble vote a.pth b.pth c.pth --data photos
            """)

    @OptionGroup var options: EnsembleOptions

    @Option(
        help: ArgumentHelp("Judge members and result by the validation part of these images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String?

    func run() throws {
        try OutputFile.check(FilePath(options.output))
        let work = try EnsembleWork(options)
        let images = try data.map { try DataArgument.evaluationImages(FilePath($0), console: work.console) }
        let members = try work.classifiers(options.members)
        let ensemble = try EnsembleClassifier(
            of: members, combination: .vote(weights: members.map { _ in 1 / Double(members.count) }), method: "vote")
        let found = try images.map { try work.answers(ensemble, $0) }
        try work.finish(
            ensemble, found, work.answer(ensemble, output: options.output, method: "vote"), provenance: [],
            talk: options.talk)
    }
}
