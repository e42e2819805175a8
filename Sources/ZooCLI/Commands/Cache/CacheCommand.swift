import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooRegistry

/// `zoo cache`: housekeeping of PyTorch's cache.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "List, remove and prune what is in the cache.",
        discussion: """
            Examples:
              zoo cache dir                              where the files are
              zoo cache list --sort size                 the largest first
              zoo cache list --filter 'age>30d' --filter 'size>100MB'
              zoo cache remove resnet50                  all weights of a model
              zoo cache prune --max-size 5GB --dry-run   what would go
            """,
        subcommands: [CacheDirCommand.self, CacheListCommand.self, CacheRemoveCommand.self, CachePruneCommand.self])
}

/// `zoo cache dir`: where the files are.
struct CacheDirCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dir",
        abstract: "Print the folder of the cache.",
        discussion: """
            It is torch.hub's: $TORCH_HOME/hub/checkpoints, else $XDG_CACHE_HOME/torch/hub/checkpoints, else \
            ~/.cache/torch/hub/checkpoints. It need not exist yet.

            Example:
              ls -l "$(zoo cache dir)"
            """)

    @OptionGroup var talk: OutputOptions

    func run() throws {
        // Without the registry, which may be broken and takes longer to read than the rest.
        let path = CacheDirectory(environment: ProcessInfo.processInfo.environment).checkpoints.string
        if talk.json { return try talk.console.json(["path": path]) }
        talk.console.result(path)
    }
}

extension Session {
    /// What is in the cache.
    func inventory() throws -> CacheInventory {
        try CacheInventory(of: cache) { name in
            registry.entry(fileName: name)?.id
        } expected: { name in
            expectedContent(of: name)
        }
    }
}
