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
            let path = FilePath(text)
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

    /// The network that the file holds.
    func load(session: Session, options: NetworkOptions, console: Console) throws -> PretrainedNetwork {
        let loader = NetworkLoader(
            architecture: options.arch, entry: entry,
            registeredClasses: try entry.flatMap { try session.registry.classes(of: $0) })
        let network = try loader.load(path)
        if !network.report.unexpected.isEmpty {
            console.warning(
                "\(path): \(Formatting.count(network.report.unexpected.count, "tensor")) not used by "
                    + "\(network.graph.name): \(network.report.unexpected.prefix(3).map(\.name).joined(separator: ", "))"
                    + (network.report.unexpected.count > 3 ? ", …" : ""))
        }
        return network
    }
}
