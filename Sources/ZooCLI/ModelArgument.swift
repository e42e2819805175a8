import FoundationEssentials
import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooFetch
import ZooGraph
import ZooRegistry
import ZooTraining

/// What a MODEL argument stands for: a file, and what the registry knows about it.
struct ModelArgument {
    /// The weights.
    let path: FilePath
    /// The registry's entry, if the file has one.
    let entry: ModelEntry?

    /// The models that a text names: several with commas between them, where no file is called so.
    static func names(_ text: String) -> [String] {
        guard text.contains(","), !FileManager.default.fileExists(atPath: text) else { return [text] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Finds the file of a model to run: a registered name first, fetched if it is not in the cache, then a path.
    ///
    /// - Throws: ``UsageError`` for a registered model that zoo cannot run, before anything is fetched; the registry's
    ///   error with suggestions if it is neither name nor path; whatever fetching throws.
    static func resolve(_ text: String, session: Session, console: Console) throws -> ModelArgument {
        do {
            let entry = try session.registry.entry(text)
            guard (try? Architecture.graph(named: entry.architecture, classes: 1)) != nil else {
                throw UsageError(
                    "zoo cannot run the network \(entry.architecture) yet, only fetch, verify and inspect its weights; "
                        + "it runs \(Architecture.names.joined(separator: ", "))")
            }
            let fetched = try FetchJob(session: session, console: console).run(entry)
            return ModelArgument(path: fetched.path, entry: entry)
        } catch let unknown as RegistryError {
            let path = try resultOfRun(in: FilePath(text))
            guard FileManager.default.fileExists(atPath: path.string) else {
                if text.contains("/") || path.extension != nil {
                    throw MissingFile(path)
                }
                throw unknown
            }
            let name = path.lastComponent?.string ?? ""
            return ModelArgument(path: path, entry: session.registry.entry(fileName: name))
        }
    }

    /// The checkpoint of the run whose folder `path` is; `path` itself if it is none.
    ///
    /// - Throws: ``UsageError`` for the folder of a run that has written no checkpoint.
    private static func resultOfRun(in path: FilePath) throws -> FilePath {
        guard let description = try? RunDescription(ofRunIn: path) else { return path }
        guard description.isFinished, let output = description.details?.output else {
            throw UsageError("\(path): this run has written no checkpoint; 'zoo report \(path)' shows how far it came")
        }
        return FilePath(output)
    }

    /// The classifier that the file holds: a network with its output layer, or something made of several.
    func loadClassifier(session: Session, options: NetworkOptions, console: Console) throws -> any Classifier {
        let loader = ClassifierLoader(networks: try networkLoader(session: session, options: options))
        let classifier = try loader.load(path)
        if let network = classifier as? PretrainedNetwork { try report(network, needsHead: true, console: console) }
        return classifier
    }

    /// The network that the file holds.
    ///
    /// - Parameter needsHead: whether the command is about the classes that the network tells apart; if not, a file
    ///   without the output layer will do.
    func load(
        session: Session, options: NetworkOptions, console: Console, needsHead: Bool
    ) throws -> PretrainedNetwork {
        let network = try networkLoader(session: session, options: options).load(path)
        try report(network, needsHead: needsHead, console: console)
        return network
    }

    private func networkLoader(session: Session, options: NetworkOptions) throws -> NetworkLoader {
        NetworkLoader(
            architecture: options.arch, entry: entry,
            registeredClasses: try entry.flatMap { try session.registry.classes(of: $0) })
    }

    private func report(_ network: PretrainedNetwork, needsHead: Bool, console: Console) throws {
        let place = network.prefix.isEmpty ? "" : ", found under '\(network.prefix)'"
        if !network.hasHead {
            let what = "\(path): a \(network.graph.name) without its output layer '\(network.head.prefix)'\(place)"
            guard !needsHead else {
                throw TrainingError(
                    .unfitCheckpoint, "\(what): it gives features and no classes; train a layer with 'zoo finetune'")
            }
            console.message(what)
        } else if !network.prefix.isEmpty {
            console.message("\(path): a \(network.graph.name)\(place)")
        }
        if !network.report.unexpected.isEmpty {
            console.warning(
                "\(path): \(Formatting.count(network.report.unexpected.count, "tensor")) not used by "
                    + "\(network.graph.name): \(network.report.unexpected.prefix(3).map(\.name).joined(separator: ", "))"
                    + (network.report.unexpected.count > 3 ? ", …" : ""))
        }
    }
}
