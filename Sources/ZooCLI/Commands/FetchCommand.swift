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
              zoo fetch --lock zoo.lock --frozen      what is pinned, for continuous integration
              ZOO_MIRROR=https://mirror.example.com/weights zoo fetch resnet18
            """)

    @Argument(help: ArgumentHelp("Registered names, or addresses (http, https, file).", valueName: "model|url"))
    var models: [String] = []

    @Option(help: ArgumentHelp("Which weights of a model that has several.", valueName: "name"))
    var weights: String?

    @Flag(help: "Fetch again what is in the cache.")
    var force = false

    @Option(help: ArgumentHelp("The SHA-256 that the file at an address must have.", valueName: "hex"))
    var sha256: String?

    @Option(help: ArgumentHelp("Fetch BASE/FILE instead of the registered address.", valueName: "base"))
    var mirror: String?

    @Option(help: ArgumentHelp("Pin what is fetched in this file, and accept nothing else.", valueName: "file"))
    var lock: String?

    @Flag(help: "Refuse what is not pinned.")
    var frozen = false

    @Flag(help: "Say what would be fetched, and stop.")
    var dryRun = false

    @OptionGroup var transfer: TransferOptions
    @OptionGroup var talk: OutputOptions

    /// One file, as `--json` prints it.
    struct Answer: Encodable {
        let path: String
        let url: String
        let bytes: Int?
        let sha256: String?
        let verified: Bool
        let cached: Bool
        let resumedFrom: Int
        let bytesTransferred: Int
    }

    func validate() throws {
        if models.isEmpty, lock == nil { throw ValidationError("Missing expected argument '<model|url> ...'") }
        if frozen, lock == nil { throw ValidationError("--frozen goes with --lock") }
        if lock != nil, sha256 != nil { throw ValidationError("--sha256 does not go with --lock, which pins it") }
        guard let sha256 else { return }
        if SHA256Digest(hex: sha256) == nil { throw ValidationError("--sha256 takes 64 hexadecimal digits") }
        if models.count != 1 || !models[0].contains("://") {
            throw ValidationError("--sha256 goes with one address; the hashes of registered models are known")
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        var job = FetchJob(session: session, console: console, isForced: force, transfer: transfer)
        job.mirror = try mirror.map { base in
            guard let mirror = Mirror(base) else {
                throw UsageError("--mirror '\(base)' is neither an http, https or file URL nor an absolute path")
            }
            return mirror
        }
        // All names are understood before anything is fetched.
        var lock = try lock.map { try LockFile.read(FilePath($0), isNeeded: frozen || models.isEmpty) }
        let targets =
            try models.isEmpty
            ? (lock?.pins ?? []).map { .pinned($0) } : models.map { try target($0, session.registry, lock) }
        var answers: [Answer] = []
        var firstFailure: (any ZooError)?
        for target in targets {
            do {
                let answer = try dryRun ? plan(target, job) : fetch(target, job)
                if !dryRun, let pin = pin(target, answer) {
                    try lock?.add(pin)
                    try lock?.save()
                }
                answers.append(answer)
                if !talk.json { console.result(dryRun ? "\(answer.url) → \(answer.path)" : answer.path) }
            } catch let failure as any ZooError {
                // The other files are still worth having; not so after Ctrl-C.
                guard targets.count > 1, failure.kind != .interrupted else { throw failure }
                console.error("\(failure)")
                firstFailure = firstFailure ?? failure
            }
        }
        if talk.json { try console.json(answers) }
        if let firstFailure { throw CommandAnswer(status: ExitStatus(firstFailure.kind)) }
    }

    private enum Target {
        case registered(ModelEntry, name: String)
        case address(String)
        case pinned(LockFile.Pin)
    }

    /// What to call the target `text` in a lock file.
    private func lockedName(_ text: String) -> String { weights.map { "\(text):\($0)" } ?? text }

    /// What to write down about a file that was fetched and is not pinned yet.
    private func pin(_ target: Target, _ answer: Answer) -> LockFile.Pin? {
        guard let bytes = answer.bytes, let sha256 = answer.sha256,
            let file = FilePath(answer.path).lastComponent?.string
        else { return nil }
        return switch target {
        case .registered(_, let name), .address(let name):
            LockFile.Pin(name: name, url: answer.url, file: file, bytes: bytes, sha256: sha256)
        case .pinned: nil
        }
    }

    private func target(_ text: String, _ registry: Registry, _ lock: LockFile?) throws -> Target {
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
        if text.contains("://") {
            guard weights == nil else { throw UsageError("--weights goes with registered models, not with addresses") }
            return .address(text)
        }
        return .registered(try registry.entry(lockedName(text)), name: lockedName(text))
    }

    private func fetch(_ target: Target, _ job: FetchJob) throws -> Answer {
        let (outcome, url) =
            switch target {
            case .registered(let entry, _): (try job.run(entry), entry.url)
            case .pinned(let pin): (try job.run(pin), pin.url)
            case .address(let address):
                (try job.run(url: address, sha256: sha256.flatMap { SHA256Digest(hex: $0) }), address)
            }
        return Answer(
            path: outcome.path.string, url: url, bytes: outcome.byteCount, sha256: outcome.sha256.hex,
            verified: outcome.isVerified, cached: outcome.wasCached, resumedFrom: outcome.resumedFrom,
            bytesTransferred: outcome.bytesTransferred)
    }

    private func plan(_ target: Target, _ job: FetchJob) throws -> Answer {
        let (url, name, bytes) =
            switch target {
            case .pinned(let pin): (pin.url, pin.file, pin.bytes as Int?)
            case .registered(let entry, _): (try FetchJob.address(of: entry), entry.fileName, entry.byteCount)
            case .address(let address): (address, FetchRequest(url: address).fileName, nil as Int?)
            }
        let place = job.mirror.map { $0.url(of: name) } ?? url
        let path = job.session.cache.path(of: name)
        return Answer(
            path: path.string, url: place, bytes: bytes, sha256: nil, verified: false,
            cached: (try? MappedFile(path)) != nil, resumedFrom: 0, bytesTransferred: 0)
    }
}
