import FoundationEssentials
import SystemPackage
import ZooCore
import ZooRegistry

/// Registries that the user keeps: `$XDG_CONFIG_HOME/zoo/registry.d/*.json`, in the format of registry/README.md.
enum UserRegistries {
    private static let largestByteCount = 1 << 26

    /// Where they are; `nil` if nothing says where home is.
    static func folder(environment: [String: String]) -> FilePath? {
        // The XDG base directory specification: empty and relative values count as unset.
        if let config = environment["XDG_CONFIG_HOME"], config.hasPrefix("/") {
            return FilePath(config).appending("zoo").appending("registry.d")
        }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return FilePath(home).appending(".config").appending("zoo").appending("registry.d")
    }

    /// `registry` with the entries of all of them, which are read in the order of their names.
    ///
    /// - Throws: ``RegistryError`` with the path, for one that makes no sense; ``UsageError`` for one that has an entry or
    ///   a file that is there already, or is far too large; ``FileError`` for one that cannot be read.
    static func adding(to registry: Registry, environment: [String: String]) throws -> Registry {
        guard let folder = folder(environment: environment), let names = try? names(in: folder) else {
            return registry
        }
        return try names.reduce(registry) { try adding(folder.appending($1), to: $0) }
    }

    /// The names of the registries in `folder`, sorted; none if there is no such folder.
    ///
    /// - Throws: ``FileError`` if it is there and cannot be listed.
    static func names(in folder: FilePath) throws(FileError) -> [String] {
        guard FileManager.default.fileExists(atPath: folder.string) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.string) else {
            throw FileError(.list, folder, .permissionDenied)
        }
        return names.sorted().filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
    }

    /// `registry` with the entries of the one at `path`.
    ///
    /// - Throws: As ``adding(to:environment:)``.
    static func adding(_ path: FilePath, to registry: Registry) throws -> Registry {
        let file = try MappedFile(path)
        guard file.byteCount <= largestByteCount else { throw UsageError("\(path): it is too large for a registry") }
        let other = try Registry.decode(file.bytes, source: path.string)
        do throws(RegistryError) {
            return try registry.adding(other)
        } catch {
            throw UsageError("\(path): \(error)")
        }
    }
}
