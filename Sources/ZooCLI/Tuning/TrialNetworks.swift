import SystemPackage
import ZooRegistry
import ZooTraining

/// The networks that trials begin with, each loaded once.
struct TrialNetworks {
    /// A network and the features that heads on it share.
    struct Loaded {
        let network: PretrainedNetwork
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
        let source = try ModelArgument.resolve(command.model, session: session, console: console)
        let network = try source.load(
            session: session, options: command.running, console: console, needsHead: false)
        let loaded = Loaded(
            network: key.seed.map { network.withRandomWeights(seed: $0) } ?? network,
            name: source.entry?.id ?? source.path.lastComponent?.string ?? command.model, memory: FeatureMemory())
        known[key] = loaded
        return loaded
    }
}
