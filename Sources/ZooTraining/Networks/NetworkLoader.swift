public import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooGraph
public import ZooRegistry
import ZooTensor

/// Makes a network out of a checkpoint file and whatever is known about it.
public struct NetworkLoader: Sendable {
    private let architecture: String?
    private let entry: ModelEntry?
    private let registeredClasses: [String]?

    /// A loader.
    ///
    /// - Parameters:
    ///   - architecture: the network that the user named, if any.
    ///   - entry: what the registry says about the file, if it is there.
    ///   - registeredClasses: the names of the outputs that the registry has for the file.
    public init(architecture: String? = nil, entry: ModelEntry? = nil, registeredClasses: [String]? = nil) {
        self.architecture = architecture
        self.entry = entry
        self.registeredClasses = registeredClasses
    }

    /// Opens `path`, finds out which network it belongs to and binds its tensors to that network.
    ///
    /// The architecture is, in this order: the one the user named; the one that zoo wrote into the file; the
    /// registry's; the one recognised from names and shapes. Preprocessing and classes follow the same order. A
    /// `module.` before every name, as `DataParallel` leaves it, is taken off; the state dict is found inside a
    /// training checkpoint.
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the file cannot be read; ``ZooGraph/GraphError`` for an
    ///   architecture that zoo does not have; ``TrainingError`` (`unfitCheckpoint`) if the tensors are not those of the
    ///   network.
    public func load(_ path: FilePath) throws -> PretrainedNetwork {
        let checkpoint = try Checkpoint.open(path)
        let saved = SavedModelDescription(checkpoint.root)
        let states = try checkpoint.stateDict().withCurrentNames
        let graph = try graph(for: states, saved: saved, path: path)
        let (tensors, report) = states.bind(to: graph.parameterSpecs)
        guard report.isComplete, let head = graph.head else {
            throw TrainingError(
                .unfitCheckpoint,
                "\(path): the tensors do not fit the network '\(graph.name)': \(report.summary); "
                    + "'zoo inspect' lists what is there, --arch names another network\n" + Self.listing(report))
        }
        let classes = saved?.classes ?? registeredClasses
        return PretrainedNetwork(
            graph: graph, head: head, parameters: tensors,
            preprocessing: saved?.preprocessing ?? entry?.preprocessing ?? .usual(for: graph),
            classes: classes?.count == head.outputs ? classes : nil, path: path, report: report)
    }

    private func graph(for states: StateDict, saved: SavedModelDescription?, path: FilePath) throws -> Graph {
        guard let name = architecture ?? saved?.architecture ?? entry?.architecture else {
            guard let graph = Architecture.recognise(states.shapes) else {
                throw unrecognised(states, path)
            }
            return graph
        }
        return try Architecture.graph(named: name, fitting: states.shapes)
    }

    /// Which network is nearest, and what does not fit it.
    private func unrecognised(_ states: StateDict, _ path: FilePath) -> TrainingError {
        let message =
            "\(path): its \(states.entries.count) tensors are those of no network that zoo knows; if it is one of them "
            + "under other names, say which with --arch"
        guard let graph = Architecture.nearest(to: states.shapes) else {
            return TrainingError(.unfitCheckpoint, message)
        }
        let report = states.bind(to: graph.parameterSpecs).report
        return TrainingError(
            .unfitCheckpoint,
            "\(message). The nearest is '\(graph.name)': \(report.summary)\n" + Self.listing(report))
    }

    private static func listing(_ report: LoadReport) -> String { report.lines(limit: 40).joined(separator: "\n") }
}

extension StateDict {
    /// The same tensors by the names that their network has today; `self` if these are the names already.
    var withCurrentNames: StateDict {
        let renamed = entries.map { Entry(name: Architecture.currentName(of: $0.name), tensor: $0.tensor) }
        guard zip(entries, renamed).contains(where: { $0.name != $1.name }) else { return self }
        return StateDict(renamed, extras: extras, metadata: metadata, key: key, strippedPrefix: strippedPrefix)
    }
}

extension Preprocessing {
    /// What a network was most likely trained with when nothing says so: ImageNet's statistics; for CIFAR's networks the
    /// pixels as they are; for a network that takes no images of 224×224 the smallest that it takes (a ViT for larger
    /// ones), resized with bicubic interpolation; for the others torchvision's resize to 256 and crop to 224.
    static func usual(for graph: Graph) -> Preprocessing {
        var preprocessing = Preprocessing.imageNet
        if (try? graph.shapes(batch: 1, height: 224, width: 224)) == nil, let size = graph.minimumInputSize {
            (preprocessing.resize, preprocessing.crop, preprocessing.interpolation) = (size, size, .bicubic)
            return preprocessing
        }
        guard graph.name.hasSuffix("_cifar") else { return preprocessing }
        preprocessing.resize = nil
        preprocessing.crop = nil
        return preprocessing
    }
}
