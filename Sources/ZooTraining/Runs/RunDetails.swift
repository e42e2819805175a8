internal import FoundationEssentials
public import SystemPackage
import ZooEngine
import ZooGraph
public import ZooImage
public import ZooRegistry

/// What a run was, beyond what decides its result: for its report.
public struct RunDetails: Sendable, Hashable, Codable {
    /// When it began, in UTC as ISO 8601 has it.
    public var began: String
    /// Where the checkpoint goes; `nil` for a run that writes none.
    public var output: String?
    /// Where the validation images are.
    public var validation: String
    /// How many images of each class there are, by `train` and `val`.
    public var classCounts: [String: [Int]]
    /// Which layers are trained, and how; `nil` for a pretraining, which trains all.
    public var plan: FineTuningPlan?
    /// What images go through first.
    public var preprocessing: Preprocessing
    /// How many threads computed.
    public var threads: Int
    /// The images that could not be read, with the reasons.
    public var unreadable: [String] = []
    /// The networks whose codes the head takes, where it is no layer of one; older versions of zoo wrote none.
    var sources: [CodesDescription.Source]?

    init(
        began: String, output: String?, validation: String, classCounts: [String: [Int]], plan: FineTuningPlan?,
        preprocessing: Preprocessing, threads: Int
    ) {
        self.began = began
        self.output = output
        self.validation = validation
        self.classCounts = classCounts
        self.plan = plan
        self.preprocessing = preprocessing
        self.threads = threads
    }

    /// Details of a run that begins now.
    public init(
        output: FilePath?, train: ImageFolder, validation: ImageFolder, plan: FineTuningPlan?,
        preprocessing: Preprocessing, running: NetworkRunner.Options
    ) {
        self.init(
            began: Date().formatted(.iso8601), output: output?.absolute.string,
            validation: validation.path.absolute.string,
            classCounts: ["train": train.outputCounts, "val": validation.outputCounts], plan: plan,
            preprocessing: preprocessing, threads: running.engineOptions.threads)
    }

    /// Takes note of the networks whose codes a head takes that is no layer of one.
    public mutating func note(codesOf networks: [PretrainedNetwork]) {
        sources = networks.map {
            CodesDescription.Source(
                arch: $0.graph.name, features: $0.head.inputFeatures, preprocessing: $0.preprocessing)
        }
    }
}

/// How a run came to its end.
public struct RunEnding: Sendable, Hashable, Codable {
    /// The epoch whose weights are kept; 0 if none was run.
    public let bestEpoch: Int
    /// Why it ended before its last epoch, in words, if it did.
    public let reason: String?
    /// How long it took, in seconds; of a resumed run the time since then.
    public let seconds: Double
}

extension FilePath {
    /// The same place, wherever the reader is.
    var absolute: FilePath {
        isAbsolute
            ? lexicallyNormalized()
            : FilePath(FileManager.default.currentDirectoryPath).pushing(self).lexicallyNormalized()
    }
}
