public import SystemPackage
import ZooCheckpoint

/// Finds out what a file classifies with, and makes it.
public struct ClassifierLoader: Sendable {
    private let networks: NetworkLoader

    /// A loader.
    ///
    /// - Parameter networks: makes a network of a file that holds one.
    public init(networks: NetworkLoader = NetworkLoader()) {
        self.networks = networks
    }

    /// Opens `path` and makes of it what it holds.
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the file cannot be read; what ``NetworkLoader/load(_:)`` throws.
    public func load(_ path: FilePath) throws -> any Classifier {
        try networks.load(try Checkpoint.open(path))
    }
}
