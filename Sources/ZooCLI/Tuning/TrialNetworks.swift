import SystemPackage
import ZooRegistry
import ZooTraining

/// The networks that trials begin with, each loaded once.
struct TrialNetworks {
    /// A network and the features that heads on it share.
    struct Loaded {
        let network: PretrainedNetwork
        let others: [PretrainedNetwork]
        let name: String
        let memory: FeatureMemory
    }

    /// Everything that decides what the network is.
    private struct Key: Hashable {
        let model: String
        let architecture: String?
        /// The seed of random weights, where they are wanted.
        let seed: UInt64?
    }

    private var known: [Key: Loaded] = [:]

    /// The network of a trial.
    mutating func network(
        of command: FinetuneCommand, session: Session, console: Console
    ) throws -> Loaded {
        let key = Key(
            model: command.model, architecture: command.running.arch,
            seed: command.layers.noPretrained ? command.training.seed : nil)
        if let loaded = known[key] { return loaded }
        let sources = try command.sourceNames.map {
            try ModelArgument.resolve($0, session: session, console: console)
        }
        let networks = try sources.map {
            try $0.load(session: session, options: command.running, console: console, needsHead: false)
        }
        let names = sources.map { $0.entry?.id ?? $0.path.lastComponent?.string ?? command.model }
        let loaded = Loaded(
            network: key.seed.map { networks[0].withRandomWeights(seed: $0) } ?? networks[0],
            others: Array(networks.dropFirst()), name: names.joined(separator: ","), memory: FeatureMemory())
        known[key] = loaded
        return loaded
    }
}
