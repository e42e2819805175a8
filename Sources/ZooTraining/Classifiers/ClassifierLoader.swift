public import SystemPackage
import ZooCheckpoint

/// Finds out what a file classifies with, and makes it.
public struct ClassifierLoader: Sendable {
    private let networks: NetworkLoader
    private let heads: [any FeatureHead.Type]

    /// A loader.
    ///
    /// - Parameters:
    ///   - networks: makes a network of a file that holds one.
    ///   - heads: kinds of heads beside zoo's own, for files that have one.
    public init(networks: NetworkLoader = NetworkLoader(), heads: [any FeatureHead.Type] = []) {
        self.networks = networks
        self.heads = heads
    }

    /// Opens `path` and makes of it what it holds.
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the file cannot be read; what ``NetworkLoader/load(_:)`` throws.
    public func load(_ path: FilePath) throws -> any Classifier {
        let checkpoint = try Checkpoint.open(path)
        if let codes = try CodesClassifier(checkpoint, heads: heads) { return codes }
        return try EnsembleClassifier(checkpoint, heads: heads) ?? networks.load(checkpoint)
    }
}
