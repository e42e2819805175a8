import ArgumentParser
import SystemPackage
import ZooCache
import ZooCore
import ZooFetch
import ZooRegistry

/// `zoo fetch`: weights into PyTorch's cache.
struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Fetch weights into PyTorch's cache.",
        discussion: """
            A transfer that was broken off, by Ctrl-C, a lost connection or a kill, goes on where it stopped. A file \
            appears in the cache only when its size and SHA-256 are right. One that is there already is checked and \
            not fetched again. The path of each file is printed.

            Examples:
              zoo fetch resnet18
              zoo fetch resnet50 --weights IMAGENET1K_V1
              zoo fetch https://example.com/model-0123abcd.pth
              zoo fetch resnet18 --lock zoo.lock      and accept nothing else from now on
              zoo fetch --lock zoo.lock --frozen      what is pinned and nothing else
              zoo fetch hf:timm/resnet18.a1_in1k/model.safetensors
              ZOO_MIRROR=https://mirror.example.com/weights zoo fetch resnet18

            Where a file comes from, in this order: the caches that ZOO_CACHE_PATH names (folders, with colons between \
            them; hard-linked or copied), mirrors that are folders of this machine, its own address, the other mirrors. \
            ZOO_MIRROR names one mirror or, with spaces between them, several. \
            ZOO_OFFLINE=1 keeps off the network. HF_TOKEN is told to HF_ENDPOINT (or huggingface.co) and nobody else.
            """)

    @Argument(
        help: ArgumentHelp(
            "Registered names, addresses (http, https, file), or files of Hugging Face (hf:ORG/REPO/FILE@REVISION).",
            valueName: "model|url"), completion: Completions.models)
    var models: [String] = []

    @Option(
        help: ArgumentHelp("Which weights of a model that has several.", valueName: "name"),
        completion: Completions.weights)
    var weights: String?

    @Flag(help: "Fetch again what is in the cache.")
    var force = false

    @Option(help: ArgumentHelp("The SHA-256 that the file at an address must have.", valueName: "hex"))
    var sha256: String?

    @Option(
        help: ArgumentHelp(
            "Fetch BASE/FILE if the registered address fails; a folder of this machine is asked first. Several are asked "
                + "in turn.", valueName: "base"), completion: .directory)
    var mirror: [String] = []

    @Option(
        help: ArgumentHelp("Know the models of this registry too.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var registry: [String] = []

    @Option(help: ArgumentHelp("Files that are fetched at the same time, 1 to 16.", valueName: "n"))
    var jobs = 4

    @Option(
        help: ArgumentHelp("Pin what is fetched in this file, and accept nothing else.", valueName: "file"),
        completion: .file(extensions: ["lock"]))
    var lock: String?

    @Flag(help: "Refuse what is not pinned.")
    var frozen = false

    @Flag(help: "Say what would be fetched, and stop.")
    var dryRun = false

    @OptionGroup var transfer: TransferOptions
    @OptionGroup var talk: OutputOptions

    /// One file, as `--json` prints it.
    struct Answer: Encodable, Sendable {
        let path: String
        let url: String
        let bytes: Int?
        let sha256: String?
        let verified: Bool
        let cached: Bool
        let resumedFrom: Int
        let bytesTransferred: Int
        /// Where it came from: an address without credentials or a path; not there if it was in the cache.
        let source: String?
    }

    func validate() throws {
        if models.isEmpty, lock == nil { throw ValidationError("Missing expected argument '<model|url> ...'") }
        if frozen, lock == nil { throw ValidationError("--frozen goes with --lock") }
        if lock != nil, sha256 != nil { throw ValidationError("--sha256 does not go with --lock, which pins it") }
        if !(1...16).contains(jobs) { throw ValidationError("--jobs takes a number from 1 to 16") }
        guard let sha256 else { return }
        if SHA256Digest(hex: sha256) == nil { throw ValidationError("--sha256 takes 64 hexadecimal digits") }
        if models.count != 1 || !models[0].contains("://") {
            throw ValidationError("--sha256 goes with one address; the hashes of registered models are known")
        }
    }

    func run() throws {
        let session = try Session(registries: registry.map { FilePath($0) })
        let board = ProgressBoard(talk.console)
        var job = FetchJob(
            session: session, console: talk.console, board: board, isForced: force, transfer: transfer)
        job.mirrors = try mirror.map { base in
            guard let mirror = Mirror(base) else {
                throw UsageError(
                    "--mirror '\(FetchRequest(url: base).displayURL)' is neither an http, https or file URL nor an "
                        + "absolute path")
            }
            return mirror
        }
        // All names are understood before anything is fetched.
        let lock = try lock.map { try LockFile.read(FilePath($0), isNeeded: frozen || models.isEmpty) }
        let targets =
            try models.isEmpty
            ? (lock?.pins ?? []).map { .pinned($0) } : models.map { try target($0, session.registry, lock) }
        try FetchTarget.checkNames(targets)
        let digest = sha256.flatMap { SHA256Digest(hex: $0) }
        let queue = FetchQueue(board: board, talk: talk, lock: dryRun ? nil : lock, isDryRun: dryRun)
        let ready = job
        let (answers, failure) = try queue.run(targets, jobs: dryRun ? 1 : jobs) { [dryRun] target in
            try dryRun ? target.plan(ready) : target.fetch(ready, sha256: digest)
        }
        if talk.json { try talk.console.json(answers) }
        if let failure { throw CommandAnswer(status: ExitStatus(failure.kind)) }
    }

    /// What to call the target `text` in a lock file.
    private func lockedName(_ text: String) -> String { weights.map { "\(text):\($0)" } ?? text }

    private func target(_ text: String, _ registry: Registry, _ lock: LockFile?) throws -> FetchTarget {
        if let lock {
            if let pin = lock.pin(lockedName(text)) { return .pinned(pin) }
            if frozen {
                throw UsageError("'\(lockedName(text))' is not in \(lock.path), and --frozen forbids to add it")
            }
            if text.contains("://"), FetchRequest(url: text).shareableURL == nil {
                throw UsageError(
                    "an address with a user, a password or a query is not pinned: a lock file is there to be shared")
            }
        }
        let isHuggingFace = text.hasPrefix(HuggingFaceFile.prefix)
        if isHuggingFace || text.contains("://") {
            guard weights == nil else { throw UsageError("--weights goes with registered models, not with addresses") }
            guard isHuggingFace else { return .address(text) }
            guard let file = HuggingFaceFile(text) else {
                throw UsageError("'\(text)' is not of the form hf:ORG/REPO/FILE or hf:ORG/REPO/FILE@REVISION")
            }
            return .huggingFace(file, name: text)
        }
        return .registered(try registry.entry(lockedName(text)), name: lockedName(text))
    }
}
