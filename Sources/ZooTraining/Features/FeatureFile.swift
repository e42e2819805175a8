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
///
/// Features of several networks stand side by side; `sources` in the metadata then has the name and the number of columns of
/// each.
public struct FeatureFile: Sendable {
    /// A network, and how many columns its features are.
    public struct Source: Sendable, Hashable, Codable {
        /// The name of the network.
        public let arch: String
        /// How many numbers it makes of an image.
        public let features: Int
    }

    /// The features with their labels.
    public let features: FeatureSet
    /// The images, in the order of the rows.
    public let paths: [String]
    /// What the labels mean.
    public let classes: [String]
    /// The network that the features come from.
    public let architecture: String
    /// The networks, in the order of the columns.
    public let sources: [Source]
    /// The images that could not be read.
    public let failures: [ImageFailure]
    /// How many images had to go through the network; the others were known.
    public let computedCount: Int

    init(
        features: FeatureSet, paths: [String], classes: [String], architecture: String, sources: [Source],
        failures: [ImageFailure], computedCount: Int
    ) {
        self.features = features
        self.paths = paths
        self.classes = classes
        self.architecture = architecture
        self.sources = sources
        self.failures = failures
        self.computedCount = computedCount
    }

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
        sources = [Source(arch: network.graph.name, features: result.outputs.rows.columnCount)]
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
        var metadata = [
            "arch": architecture, "classes": try encoder.text(of: classes), "paths": try encoder.text(of: paths),
        ]
        if sources.count > 1 {
            encoder.outputFormatting.insert(.sortedKeys)
            metadata["sources"] = try encoder.text(of: sources)
        }
        try SafetensorsWriter.write(
            [
                (name: "features", tensor: Tensor(matrix.values, shape: [matrix.rowCount, matrix.columnCount])),
                (name: "labels", tensor: Tensor(features.labels.map(Int64.init), shape: [features.labels.count])),
            ],
            metadata: metadata, to: path)
    }
}
