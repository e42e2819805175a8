internal import FoundationEssentials
public import SystemPackage
import ZooCore
import ZooImage

/// A training run as its folder has it, whether it came to its end or not.
public struct RecordedRun: Sendable {
    /// The folder.
    public let folder: FilePath
    /// What was asked for, and with what.
    public let description: RunDescription
    /// Every epoch that ended.
    public let epochs: [EpochRecord]
    /// The epochs of a network without pretrained weights, where one was trained to compare.
    public let comparison: [EpochRecord]
    /// What the best epoch that was saved says of each validation image.
    let predictions: [ImagePrediction]
    /// What a reader should know about the files, as sentences.
    let remarks: [String]

    /// Reads the folder that `zoo finetune` wrote.
    ///
    /// - Throws: ``TrainingError`` (`unreadableRun`) for a folder that holds no run, or whose files are not what zoo writes
    ///   there, naming the file and the line; ``ZooCore/FileError``.
    /// - Complexity: O(bytes of the files).
    public init(_ folder: FilePath) throws {
        self.folder = folder
        let description = try Self.description(in: folder)
        self.description = description
        try Self.require(
            description.hasPossibleCounts, "\(RunFolder.descriptionName) has counts that cannot be", folder)
        try Self.require(
            description.tasks.map { $0.outputNames == description.classes } ?? true,
            "\(RunFolder.descriptionName) has other tasks than classes", folder)
        var remarks: [String] = []
        let metrics: [EpochRecord] = try Self.lines(RunFolder.metricsName, in: folder, &remarks)
        epochs = metrics
        comparison = try Self.lines(RunFolder.comparisonName, in: folder, &remarks)
        let said: [ImagePrediction] = try Self.lines(RunFolder.predictionsName, in: folder, &remarks)
        let classCount = description.classes.count
        try Self.require(
            metrics.enumerated().allSatisfy { $1.epoch == $0 + 1 && $1.fits(classCount, description.tasks) },
            "\(RunFolder.metricsName) has other epochs or classes than \(RunFolder.descriptionName)", folder)
        try Self.require(
            said.allSatisfy { $0.fits(description) },
            "\(RunFolder.predictionsName) has other classes than \(RunFolder.descriptionName)", folder)
        if let kept = said.first?.epoch, let best = Self.best(of: metrics)?.epoch, kept != best {
            remarks.append(
                "The images are those of epoch \(kept), the last best one that was saved; by the metrics epoch \(best) is "
                    + "better.")
        }
        predictions = said
        self.remarks = remarks
    }

    /// The epoch of the best validation accuracy, the lowest loss among equals; `nil` before the first has ended.
    var best: EpochRecord? { Self.best(of: epochs) }

    static func best(of epochs: [EpochRecord]) -> EpochRecord? {
        epochs.reduce(nil) { best, epoch in
            guard let best else { return epoch }
            return (epoch.valAccuracy, -epoch.valLoss) > (best.valAccuracy, -best.valLoss) ? epoch : best
        }
    }

    private static func description(in folder: FilePath) throws -> RunDescription {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: folder.string, isDirectory: &isDirectory), isDirectory else {
            throw TrainingError(
                .unreadableRun,
                "\(folder): there is no such folder; name the folder of a run, which 'zoo finetune' writes beside its "
                    + "checkpoint (NAME.run)")
        }
        guard FileManager.default.fileExists(atPath: folder.appending(RunFolder.descriptionName).string) else {
            throw TrainingError(
                .unreadableRun,
                "\(folder): this is no folder of a training run: \(RunFolder.descriptionName) is missing; 'zoo finetune' "
                    + "writes one beside its checkpoint (NAME.run)")
        }
        return try RunDescription(ofRunIn: folder)
    }

    /// The lines of a file that need not be there.
    private static func lines<Value: Decodable>(
        _ name: String, in folder: FilePath, _ remarks: inout [String]
    ) throws -> [Value] {
        let path = folder.appending(name)
        guard FileManager.default.fileExists(atPath: path.string) else { return [] }
        let (values, isCutOff) = try JSONLines.read(Value.self, from: path)
        if isCutOff { remarks.append("The last line of \(name) breaks off and does not count.") }
        return values
    }

    private static func require(_ holds: Bool, _ complaint: String, _ folder: FilePath) throws(TrainingError) {
        guard !holds else { return }
        throw TrainingError(.unreadableRun, "\(folder): \(complaint); files of different runs are mixed, or damaged")
    }
}

extension EpochRecord {
    /// Whether the figures are of so many classes.
    fileprivate func fits(_ classCount: Int, _ tasks: [LabelTask]?) -> Bool {
        tasks?.map(\.name) == self.tasks?.map(\.name) && val.perClass.count == classCount
            && valConfusion.count == classCount
            && valConfusion.allSatisfy { $0.count == classCount && $0.allSatisfy(\.isPossibleCount) }
    }
}

extension RunDescription {
    /// Whether no count is negative, or so large that sums of them would not fit.
    fileprivate var hasPossibleCounts: Bool {
        let plan = details?.plan
        let counts =
            Array(imageCounts.values) + (details?.classCounts.values.flatMap { $0 } ?? [])
            + (plan.map { $0.layers.map(\.parameterCount) + [$0.parameterCount] + $0.trainedCounts } ?? [])
        return counts.allSatisfy(\.isPossibleCount)
    }
}

extension Int {
    /// A million of the largest can be added up.
    fileprivate var isPossibleCount: Bool { (0...1 << 40).contains(self) }
}

extension ImagePrediction {
    /// Whether all its numbers are those of classes, and its probabilities belong to them.
    fileprivate func fits(_ run: RunDescription) -> Bool {
        var classCount = run.classes.count
        if let tasks = run.tasks {
            guard let task, tasks.indices.contains(task) else { return false }
            classCount = tasks[task].classes.count
        }
        return (0..<classCount).contains(label) && !order.isEmpty && order.count == probabilities.count
            && order.allSatisfy { (0..<classCount).contains($0) }
    }
}
