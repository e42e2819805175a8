public import SystemPackage

/// The folder where torch.hub keeps checkpoints; Python and zoo share it.
///
/// What the folder holds, `NAME` being the name of a checkpoint:
///
/// - `NAME`: a finished file, which appeared by rename after it was verified;
/// - `NAME.zoo.partial` and `NAME.zoo.partial.json`: a download that can be resumed, and the record of what of it is
///   safely there (``PartialFile``);
/// - `NAME.zoo.<host>-<process>-<start>-<number>.partial`: the same while that process writes it, or after it was killed;
/// - `NAME.<32 hexadecimal digits>.partial`: a download of PyTorch's, which nobody can resume.
public struct CacheDirectory: Sendable, Hashable {
    /// The folder with the checkpoints. It need not exist yet.
    public let checkpoints: FilePath

    /// The folder that torch.hub would use in a process with this environment.
    ///
    /// `$TORCH_HOME/hub/checkpoints`, else `$XDG_CACHE_HOME/torch/hub/checkpoints`, else
    /// `~/.cache/torch/hub/checkpoints`; a leading `~` is expanded. A variable that is set but empty counts as set, and
    /// the path is then relative to the current folder, as in Python (torch/hub.py, `_get_torch_home`).
    public init(environment: [String: String]) {
        let cache = environment["XDG_CACHE_HOME"] ?? "~/.cache"
        let home = environment["TORCH_HOME"] ?? Self.join(cache, "torch")
        let expanded = HomeFolder.expanding(home, environment: environment)
        checkpoints = FilePath(Self.join(Self.join(expanded, "hub"), "checkpoints"))
    }

    /// The cache at `path`: the folder with the checkpoints, or a `TORCH_HOME` that has `hub/checkpoints` in it.
    public init(at path: String) {
        let inner = FilePath(path).appending("hub").appending("checkpoints")
        if case .folder? = try? FileStatus(following: inner).type {
            checkpoints = inner
        } else {
            checkpoints = FilePath(path)
        }
    }

    /// The given folder.
    public init(checkpoints: FilePath) {
        self.checkpoints = checkpoints
    }

    /// Where the finished file `fileName` is or will be.
    public func path(of fileName: String) -> FilePath {
        checkpoints.appending(fileName)
    }

    /// Whether `fileName` can be the name of a cached file: one path component, not hidden, and short enough to
    /// leave room for the suffixes of partial files.
    public static func isValid(fileName: String) -> Bool {
        !fileName.isEmpty && !fileName.hasPrefix(".")
            && fileName.utf8.count <= 255 - ClaimName.longestSuffix.utf8.count
            && !fileName.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7f }
    }

    /// `os.path.join` of Python: an empty first part adds no separator.
    private static func join(_ first: String, _ second: String) -> String {
        first.isEmpty || first.hasSuffix("/") ? first + second : first + "/" + second
    }
}
