internal import FoundationEssentials
public import ZooCheckpoint
public import ZooImage
public import ZooRegistry

/// What zoo writes beside the state dict: which network it is, what its outputs mean and what images go through.
///
/// The keys `arch`, `classes`, `tasks`, `preprocessing` and `zoo` of the checkpoint's dictionary; Python reads them with
/// `torch.load(path, weights_only=True)`.
public struct SavedModelDescription: Sendable, Hashable {
    /// The name of the architecture.
    public let architecture: String
    /// The names of the outputs, in order.
    public let classes: [String]
    /// What images must go through.
    public let preprocessing: Preprocessing
    /// The tasks that the outputs are of, in order; `nil` where all outputs answer one question.
    public let tasks: [LabelTask]?

    /// What is known of 8-bit integers, if there are some.
    let quantisation: QuantisationDescription?

    /// Creates a description.
    public init(
        architecture: String, classes: [String], preprocessing: Preprocessing, tasks: [LabelTask]? = nil
    ) {
        self.init(
            architecture: architecture, classes: classes, preprocessing: preprocessing, tasks: tasks, quantisation: nil)
    }

    init(
        architecture: String, classes: [String], preprocessing: Preprocessing, tasks: [LabelTask]?,
        quantisation: QuantisationDescription?
    ) {
        self.architecture = architecture
        self.classes = classes
        self.preprocessing = preprocessing
        self.quantisation = quantisation
        self.tasks = tasks
    }

    /// The description in a checkpoint that zoo wrote or converted; `nil` if another program wrote it.
    public init?(_ root: CheckpointValue) {
        if let metadata = root["__metadata__"] {
            self.init(metadata: metadata, QuantisationDescription(root))
            return
        }
        guard root["zoo"] != nil, let architecture = root["arch"]?.stringValue,
            let classes = root["classes"]?.stringArrayValue,
            let saved = root["preprocessing"], let preprocessing = Preprocessing(saved)
        else { return nil }
        let tasks = root["tasks"].map { value in value.arrayValue?.compactMap { LabelTask($0) } ?? [] }
        self.init(
            architecture: architecture, classes: classes, preprocessing: preprocessing, tasks: tasks,
            quantisation: QuantisationDescription(root))
    }

    /// The description in the `__metadata__` of a safetensors file, where what is no text is JSON.
    private init?(metadata: CheckpointValue, _ quantisation: QuantisationDescription?) {
        guard metadata["zoo"] != nil, let architecture = metadata["arch"]?.stringValue,
            let classes: [String] = metadata["classes"]?.decodedJSON(),
            let preprocessing: Preprocessing = metadata["preprocessing"]?.decodedJSON(), preprocessing.defect == nil
        else { return nil }
        let tasks = metadata["tasks"].map { $0.decodedJSON() ?? [LabelTask]() }
        self.init(
            architecture: architecture, classes: classes, preprocessing: preprocessing, tasks: tasks,
            quantisation: quantisation)
    }

    /// What is wrong with the tasks, as a clause, for a network with so many outputs; `nil` if nothing is, or there are none.
    func defect(ofTasksFor outputCount: Int) -> String? {
        guard let tasks else { return nil }
        if tasks.contains(where: { $0.name.isEmpty || $0.classes.isEmpty }) || tasks.isEmpty {
            return "its 'tasks' are no list of names with classes"
        }
        if Set(tasks.map(\.name)).count < tasks.count { return "two of its tasks have the same name" }
        if let task = tasks.first(where: { Set($0.classes).count < $0.classes.count }) {
            return "two classes of its task '\(task.name)' have the same name"
        }
        // A sum of numbers that memory has held.
        guard tasks.outputCount != outputCount else { return nil }
        return "its tasks have \(tasks.outputCount) classes together, and the output layer has \(outputCount) outputs"
    }

    /// The names of the outputs in a checkpoint that zoo wrote or converted, whatever it holds.
    static func classes(_ root: CheckpointValue) -> [String]? {
        root["__metadata__"].map { $0["classes"]?.decodedJSON() } ?? root["classes"]?.stringArrayValue
    }

    /// The entries as they are written, after the state dict.
    var savedEntries: [(String, SavedValue)] {
        [
            ("arch", .string(architecture)),
            ("classes", .list(classes.map { .string($0) })),
        ] + (tasks.map { [("tasks", .list($0.map(\.savedValue)))] } ?? []) + [
            ("preprocessing", preprocessing.savedValue)
        ] + (quantisation.map { [(QuantisationDescription.key, $0.savedValue)] } ?? [])
    }
}

extension CheckpointValue {
    func decodedJSON<Value: Decodable>() -> Value? {
        stringValue.flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }
}

extension LabelTask {
    fileprivate init?(_ value: CheckpointValue) {
        guard let name = value["name"]?.stringValue, let classes = value["classes"]?.stringArrayValue else {
            return nil
        }
        self.init(name: name, classes: classes)
    }

    fileprivate var savedValue: SavedValue {
        .dictionary([("name", .string(name)), ("classes", .list(classes.map { .string($0) }))])
    }
}

extension Preprocessing {
    fileprivate init?(_ value: CheckpointValue) {
        guard let name = value["interpolation"]?.stringValue, let interpolation = Interpolation(rawValue: name),
            let mean = value["mean"]?.doubleArrayValue, let std = value["std"]?.doubleArrayValue
        else { return nil }
        self.init(
            resize: value["resize"]?.intValue, crop: value["crop"]?.intValue, interpolation: interpolation,
            mean: mean.map { Float($0) }, std: std.map { Float($0) })
        if defect != nil { return nil }
    }

    var savedValue: SavedValue {
        .dictionary([
            ("resize", resize.map { .int($0) } ?? .none),
            ("crop", crop.map { .int($0) } ?? .none),
            ("interpolation", .string(interpolation.rawValue)),
            ("mean", .list(mean.map { .double($0.shortestDouble) })),
            ("std", .list(std.map { .double($0.shortestDouble) })),
        ])
    }
}

extension Float {
    /// The float64 that prints the same: 0.485 rather than 0.48500001430511475, so that Python shows what was meant.
    var shortestDouble: Double { Double(description) ?? Double(self) }
}
