internal import FoundationEssentials
public import SystemPackage
internal import ZooCore
internal import ZooGraph
public import ZooImage

/// What a training run was asked for, and with what: everything that decides its result.
public struct RunDescription: Sendable, Hashable, Codable {
    /// The command line, for people who want to run it again.
    public var command: [String]
    /// The version of zoo.
    public var zoo: String
    /// The network's architecture.
    public var architecture: String
    /// Where the weights come from: a model's name, or a file's.
    public var source: String
    /// The SHA-256 of all weights that the training began with, in hexadecimal.
    public var weightsDigest: String
    /// The names of the classes, in order; of several tasks those of all outputs.
    public var classes: [String]
    /// The tasks, where there are several; older versions of zoo wrote none.
    public var tasks: [LabelTask]?
    /// The SHA-256 of the list of images with their labels and sizes, in hexadecimal.
    public var dataDigest: String
    /// How many images there are to learn from and to judge by.
    public var imageCounts: [String: Int]
    /// Every setting that decides the result, by the name of its option.
    public var settings: [String: String]
    /// Whether the training came to its end.
    public var isFinished = false
    /// More about it, for its report; older versions of zoo wrote none.
    public var details: RunDetails?
    /// How it came to its end, if it did; older versions of zoo wrote none.
    public var ending: RunEnding?

    /// A description.
    public init(
        command: [String], zoo: String, architecture: String, source: String, weightsDigest: String, classes: [String],
        dataDigest: String, imageCounts: [String: Int], settings: [String: String]
    ) {
        self.command = command
        self.zoo = zoo
        self.architecture = architecture
        self.source = source
        self.weightsDigest = weightsDigest
        self.classes = classes
        self.dataDigest = dataDigest
        self.imageCounts = imageCounts
        self.settings = settings
    }

    /// The description in the folder of a run.
    ///
    /// - Throws: ``FileError``, or ``TrainingError`` (`unfitCheckpoint`) for a file that describes no run.
    public init(ofRunIn folder: FilePath) throws {
        let path = folder.appending(RunFolder.descriptionName)
        let file = try MappedFile(path)
        guard let known = try? JSONDecoder().decode(RunDescription.self, from: Data(Array(copying: file.bytes))) else {
            throw TrainingError.unfitState("\(path) does not describe a training run")
        }
        self = known
    }

    /// Writes the description into the folder of its run.
    func write(to folder: RunFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var file = try AtomicFile(at: folder.file(RunFolder.descriptionName))
        try file.write(Array(encoder.encode(self)) + [0x0a])
        try file.publish()
    }

    /// What another run has otherwise, in words; empty if the two give the same result.
    func differences(from other: RunDescription) -> [String] {
        var differences: [String] = []
        let compare = { (name: String, mine: String, theirs: String) in
            if mine != theirs { differences.append("\(name) was \(theirs) and is \(mine)") }
        }
        compare("the network", architecture, other.architecture)
        if weightsDigest != other.weightsDigest { differences.append("the pretrained weights are others") }
        if dataDigest != other.dataDigest || classes != other.classes || tasks != other.tasks {
            differences.append("the images or their classes are others")
        }
        for name in Set(settings.keys).union(other.settings.keys).sorted() {
            compare("--\(name)", settings[name] ?? "not given", other.settings[name] ?? "not given")
        }
        return differences
    }

    /// The SHA-256 of a network's weights, in hexadecimal.
    ///
    /// - Complexity: O(bytes of the parameters).
    public static func digest(ofWeights network: PretrainedNetwork) -> String {
        WeightsDigest.digest(network.parameters, of: network.graph).hex
    }

    /// The description of a training of `network` on two folders.
    ///
    /// - Complexity: O(bytes of the parameters), and a look at every image's size.
    public init(
        command: [String], source: String, network: PretrainedNetwork, train: ImageFolder, validation: ImageFolder,
        settings: [String: String]
    ) {
        self.init(
            command: command, zoo: ZooVersion.current, architecture: network.graph.name, source: source,
            weightsDigest: Self.digest(ofWeights: network), classes: train.outputNames,
            dataDigest: ImageListDigest.digest([train, validation]).hex,
            imageCounts: ["train": train.samples.count, "val": validation.samples.count], settings: settings)
        tasks = train.tasks?.tasks
    }
}
