import ArgumentParser

/// `zoo ensemble`: several classifiers as one.
struct EnsembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ensemble",
        abstract: "Make one classifier of several.",
        discussion: """
            Several networks, or several output layers on one network, err on different images; together they are right \
            more often than each. Members may differ in seed, settings, architecture and source, and tell the same \
            classes apart; outputs are matched by name. The result is one file, which evaluate, predict, inspect, verify and \
            convert take like any checkpoint. Members that share all but the output layer share it in the file too, and it \
            runs once for all of them. A soup is an ordinary network.

            Examples:
              zoo ensemble average a.pth b.pth c.pth --data photos -o all.pth
              zoo ensemble bag photos --model resnet18 --head-only --members 10
              zoo ensemble stack resnet18 densenet121 --data photos
              zoo ensemble soup a.pth b.pth c.pth --greedy photos
            """,
        subcommands: [
            EnsembleVoteCommand.self, EnsembleAverageCommand.self, EnsembleBagCommand.self, EnsembleStackCommand.self,
            EnsembleSoupCommand.self,
        ])
}
