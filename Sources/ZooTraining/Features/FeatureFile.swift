internal import FoundationEssentials
public import SystemPackage
internal import ZooCheckpoint
internal import ZooCore
internal import ZooGraph
public import ZooImage
internal import ZooTensor

/// Features of images ("CNN codes") as a file for other programs.
///
/// In the safetensors format: `features`, `N×F` float32, and `labels`, `N` int64. The metadata has `paths` and `classes` as
/// JSON lists, and `arch`.
public struct FeatureFile: Sendable {
    /// The features with their labels.
    public let features: FeatureSet
    /// The images, in the order of the rows.
    public let paths: [String]
    /// What the labels mean.
    public let classes: [String]
    /// The network that the features come from.
    public let architecture: String
    /// The images that could not be read.
    public let failures: [ImageFailure]
    /// How many images had to go through the network; the others were known.
    public let computedCount: Int

    /// Computes the features of a folder of images.
    ///
    /// - Parameters:
    ///   - store: where features are found and kept.
    ///   - onProgress: called with the number of images that are done; what it throws ends the work.
    /// - Throws: ``TrainingError`` (`unusableData`) if no image can be read; errors of the engine; what `onProgress` throws.
    public init(
        _ network: PretrainedNetwork, _ folder: ImageFolder, running: NetworkRunner.Options, store: FeatureStore?,
        onProgress: (Int) throws -> Void
    ) throws {
        let extractor = FeatureExtractor(
            graph: try network.graph.featureMapExtractor(), parameters: network.parameters,
            preprocessing: network.preprocessing, running: running, store: store)
        let result = try extractor.run(folder.samples, onProgress: onProgress)
        let samples = result.outputs.sampleIndices.map { folder.samples[$0] }
        guard !samples.isEmpty else {
            let reason = result.outputs.failures.first.map { "; the first: \($0.error)" } ?? ""
            throw TrainingError(.unusableData, "\(folder.path): no image could be read\(reason)")
        }
        features = FeatureSet(features: result.outputs.rows, labels: samples.map(\.label))
        paths = samples.map(\.path.string)
        classes = folder.classes
        architecture = network.graph.name
        failures = result.outputs.failures
        computedCount = result.computedCount
    }

    /// Writes the file, which takes its name when it is complete.
    ///
    /// - Throws: ``CheckpointError`` if the disk refuses.
    public func write(to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let matrix = features.features
        try SafetensorsWriter.write(
            [
                (name: "features", tensor: Tensor(matrix.values, shape: [matrix.rowCount, matrix.columnCount])),
                (name: "labels", tensor: Tensor(features.labels.map(Int64.init), shape: [features.labels.count])),
            ],
            metadata: [
                "arch": architecture, "classes": try encoder.text(of: classes), "paths": try encoder.text(of: paths),
            ], to: path)
    }
}
