import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore
import ZooRegistry
import ZooTraining

/// What a command finds around it: the environment, the registry, the cache.
struct Session {
    /// The environment variables.
    let environment: [String: String]
    /// The known models: zoo's and the user's.
    let registry: Registry
    /// PyTorch's cache.
    let cache: CacheDirectory

    /// - Parameter registries: registries that this command knows besides.
    init(
        environment: [String: String] = ProcessInfo.processInfo.environment, registries: [FilePath] = []
    ) throws {
        self.environment = environment
        let known = try UserRegistries.adding(to: Registry.embedded(), environment: environment)
        registry = try registries.reduce(known) { try UserRegistries.adding($1, to: $0) }
        cache = CacheDirectory(environment: environment)
    }

    /// Where features of images are kept: `$XDG_CACHE_HOME/zoo/features`, or the same under `~/.cache`.
    var featureStore: FeatureStore? {
        let named = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? FilePath($0) : nil }
        guard let caches = named ?? environment["HOME"].map({ FilePath($0).appending(".cache") }) else { return nil }
        return FeatureStore(folder: caches.appending("zoo").appending("features"))
    }

    /// The number of threads that `ZOO_THREADS` asks for.
    ///
    /// - Throws: ``UsageError`` if it is not a positive number.
    func threadCount(option: Int?) throws(UsageError) -> Int? {
        if let option { return option }
        guard let text = environment["ZOO_THREADS"], !text.isEmpty else { return nil }
        guard let count = Int(text), count > 0 else {
            throw UsageError("ZOO_THREADS is '\(text)'; it must be a positive number")
        }
        return count
    }

    /// Where zoo's own files are: the folder that holds `fixtures`.
    ///
    /// `PREFIX/share/zoo` beside an installed `PREFIX/bin/zoo`; otherwise the nearest folder above the program that
    /// has `fixtures/shapes`, which is the source tree during development.
    static var installedFiles: FilePath? {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        var folder = FilePath(program).removingLastComponent()
        var candidates = [folder.removingLastComponent().appending("share").appending("zoo")]
        while folder.lastComponent != nil {
            candidates.append(folder)
            folder.removeLastComponent()
        }
        return candidates.first {
            FileManager.default.fileExists(atPath: $0.appending("fixtures").appending("shapes").string)
        }
    }
}

/// A request that makes no sense.
struct UsageError: ZooError {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    var kind: FailureKind { .usage }
}
