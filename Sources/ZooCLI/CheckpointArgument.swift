import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore
import ZooRegistry

/// What a FILE argument stands for: a file, or the cached file of a registered model. Nothing is fetched.
enum CheckpointArgument {
    /// - Throws: ``MissingFile`` if there is no such file, ``UsageError`` for a model that is not in the cache,
    ///   ``ZooRegistry/RegistryError`` for a name that is neither.
    static func path(of text: String) throws -> FilePath {
        let path = FilePath(text)
        if FileManager.default.fileExists(atPath: path.string) { return path }
        if text.contains("/") || path.extension != nil { throw MissingFile(path) }
        let session = try Session()
        let entry = try session.registry.entry(text)
        let cached = session.cache.checkpoints.appending(entry.fileName)
        guard FileManager.default.fileExists(atPath: cached.string) else {
            throw UsageError("\(entry.id) is not in the cache; 'zoo fetch \(entry.id)' gets it")
        }
        return cached
    }
}
