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
    /// registry's; the one recognised from names and shapes. Weights that are 8-bit integers with scales become float32. Preprocessing and classes follow the same order. A
    /// `module.` before every name, as `DataParallel` leaves it, is taken off; the state dict is found inside a
    /// training checkpoint. If the whole is no network, the part under a common prefix is tried, such as the `backbone.`
    /// of a detector, and a network whose output layer is missing is one without a head (``PretrainedNetwork/hasHead``).
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the file cannot be read; ``ZooGraph/GraphError`` for an
    ///   architecture that zoo does not have; ``TrainingError`` (`unfitCheckpoint`) if the tensors are not those of the
    ///   network.
    public func load(_ path: FilePath) throws -> PretrainedNetwork {
        try load(Checkpoint.open(path))
    }

    /// The network of a file that is open; see ``load(_:)-(FilePath)``.
    func load(_ checkpoint: Checkpoint) throws -> PretrainedNetwork {
        let path = checkpoint.path
        if let ensemble = try EnsembleDescription(checkpoint) {
            throw TrainingError(
                .unfitCheckpoint,
                "\(path): it holds an ensemble of \(ensemble.members.count) members, and one network is wanted here; name "
                    + "the file of a member")
        }
        if let codes = try CodesDescription(checkpoint) {
            throw TrainingError(
                .unfitCheckpoint,
                "\(path): it holds a head '\(codes.head)' on codes of \(codes.sources.map(\.arch).joined(separator: ", ")), "
                    + "and one network is wanted here")
        }
        let saved = SavedModelDescription(checkpoint.root)
        let whole = try checkpoint.stateDict()
        for (prefix, states) in whole.partsUnderPrefixes {
            let stored = states.withCurrentNames
            let states = stored.dequantised()
            guard let graph = try graph(for: states, saved: saved) else { continue }
            let bound = BoundNetwork(states, graph)
            guard bound.fits, let head = graph.head else { continue }
            let classes = saved?.classes ?? registeredClasses
            if bound.hasHead, let defect = saved?.defect(ofTasksFor: head.outputs) {
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(path): \(defect); the file was changed: write it again, or use its state dict alone ('zoo convert --select "
                        + "state_dict')")
            }
            var network = PretrainedNetwork(
                graph: graph, head: head, parameters: bound.tensors,
                preprocessing: saved?.preprocessing ?? entry?.preprocessing ?? .usual(for: graph),
                classes: bound.hasHead && classes?.count == head.outputs ? classes : nil, path: path,
                report: bound.report, prefix: prefix, hasHead: bound.hasHead)
            if bound.hasHead { network.tasks = saved?.tasks }
            network.calibration = saved?.quantisation?
                .calibration(of: graph, integerNames: Set(stored.quantisedNames))
            return network
        }
        throw try refusal(whole.withCurrentNames.dequantised(), saved, path)
    }

    /// The network that was named, or else the one that the tensors are of; `nil` if they are of none.
    private func graph(for states: StateDict, saved: SavedModelDescription?) throws -> Graph? {
        if let name = architecture ?? saved?.architecture ?? entry?.architecture {
            return try Architecture.graph(named: name, fitting: states.shapes)
        }
        return Architecture.recognise(states.shapes) ?? Architecture.recogniseBackbone(states.shapes)
    }

    private func refusal(_ states: StateDict, _ saved: SavedModelDescription?, _ path: FilePath) throws -> TrainingError
    {
        guard let graph = try graph(for: states, saved: saved) else { return unrecognised(states, path) }
        let report = states.bind(to: graph.parameterSpecs).report
        return TrainingError(
            .unfitCheckpoint,
            "\(path): the tensors do not fit the network '\(graph.name)': \(report.summary); "
                + "'zoo inspect' lists what is there, --arch names another network\n" + Self.listing(report))
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

/// A network and the tensors that a file has for it.
struct BoundNetwork {
    let tensors: [String: Tensor]
    let report: LoadReport
    /// Whether the output layer is there.
    let hasHead: Bool
    /// Whether nothing else than the output layer is missing, and everything has its size.
    let fits: Bool

    init(_ states: StateDict, _ graph: Graph) {
        (tensors, report) = states.bind(to: graph.parameterSpecs)
        let head = graph.head.map { head in
            graph.parameterSpecs.map(\.name).filter { $0 == "\(head.prefix).weight" || $0 == "\(head.prefix).bias" }
        }
        let absent = report.missing.map(\.name)
        hasHead = absent.isEmpty
        fits = report.mismatched.isEmpty && (absent.isEmpty || absent == head)
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
