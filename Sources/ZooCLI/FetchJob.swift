import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCheckpoint
import ZooCore
import ZooFetch
import ZooRegistry

/// Fetches one file and shows how it goes.
struct FetchJob {
    let session: Session
    let console: Console
    /// Where files are taken from instead of their registered addresses; `ZOO_MIRROR` if `nil`.
    var mirror: Mirror?
    /// Whether a sound file in the cache is fetched again.
    var isForced = false
    /// How files travel, if the command has options for it.
    var transfer: TransferOptions?

    /// Brings the file of a registered model into the cache, or checks the one that is there.
    ///
    /// - Parameter pinned: what its bytes must be, whatever the registry says.
    func run(_ entry: ModelEntry, pinned: ExpectedContent? = nil) throws -> FetchOutcome {
        var options = try self.options
        if entry.relativeFilePath != nil { options.mirror = nil }  // It came with zoo.
        let request = FetchRequest(
            url: try Self.address(of: entry), fileName: entry.fileName,
            expected: pinned ?? session.expectedContent(of: entry.fileName) ?? ExpectedContent(), isForced: isForced)
        return try run(request, options, label: entry.name)
    }

    /// Brings a file from anywhere into the cache.
    ///
    /// - Parameter sha256: what its bytes must have; without it, torch.hub's rule for file names decides.
    func run(url: String, sha256: SHA256Digest?) throws -> FetchOutcome {
        var request = FetchRequest(url: url, isForced: isForced)
        request.expected =
            sha256.map { ExpectedContent(sha256: $0) } ?? session.expectedContent(of: request.fileName)
            ?? ExpectedContent()
        var options = try self.options
        if mirror == nil { options.mirror = nil }  // An address that was given in full is meant.
        return try run(request, options, label: request.fileName)
    }

    /// Brings what a lock file names into the cache; no other bytes will do.
    func run(_ pin: LockFile.Pin) throws -> FetchOutcome {
        // The registry knows where files are that came with zoo.
        if let entry = session.registry.entry(fileName: pin.file), entry.url == pin.url {
            return try run(entry, pinned: pin.expected)
        }
        var options = try self.options
        if mirror == nil, pin.name == pin.url { options.mirror = nil }  // An address that was given in full is meant.
        let request = FetchRequest(url: pin.url, fileName: pin.file, expected: pin.expected, isForced: isForced)
        return try run(request, options, label: pin.name)
    }

    /// Where the file of `entry` is; for one that comes with zoo, where zoo is installed.
    static func address(of entry: ModelEntry) throws -> String {
        guard let relative = entry.relativeFilePath else { return entry.url }
        guard let root = Session.installedFiles else {
            throw FileError(.open, FilePath(relative), .noSuchFileOrDirectory)
        }
        // A mirror's rule for paths is what is needed here: percent-encoded, with a file name below.
        let path = root.pushing(FilePath(relative))
        let name = path.lastComponent?.string ?? ""
        return Mirror(path.removingLastComponent().string)?.url(of: name) ?? "file://\(path)"
    }

    private var options: FetchOptions {
        get throws {
            var options = try FetchOptions(environment: session.environment)
            options.userAgent = "zoo/\(ZooVersion.current)"
            if let mirror { options.mirror = mirror }
            transfer?.apply(to: &options)
            return options
        }
    }

    private func run(_ request: FetchRequest, _ options: FetchOptions, label: String) throws -> FetchOutcome {
        let clock = ContinuousClock.now
        let line = ProgressLine(console)
        defer { line.clear() }
        let fetcher = Fetcher(options, judge: CheckpointJudge())
        let outcome = try fetcher.fetch(request, into: session.cache) { progress in
            line.update(Self.text(progress, label: label, since: clock))
        } isCancelled: {
            Interruption.isRequested
        }
        line.clear()
        record(outcome, request)
        if !outcome.wasCached {
            let resumed = outcome.resumedFrom > 0 ? ", resumed at \(Formatting.bytes(outcome.resumedFrom))" : ""
            console.message(
                "\(label): \(Formatting.bytes(outcome.byteCount)) in \(Formatting.seconds(clock.secondsUntilNow))"
                    + resumed + (outcome.isVerified ? ", SHA-256 agrees" : ""))
        }
        if !outcome.isVerified {
            console.warning(
                "\(outcome.path): unverified: no hash of it is known, only its structure was checked. "
                    + "Its SHA-256 is \(outcome.sha256); --sha256 checks against one that you know")
        }
        return outcome
    }

    /// Keeps what was found for `zoo verify --quick` and `--repair`.
    private func record(_ outcome: FetchOutcome, _ request: FetchRequest) {
        let known = request.expected.completed(fromFileName: request.fileName)
        let method: VerificationRecord.Method =
            known.sha256 != nil ? .sha256 : outcome.isVerified ? .sha256Prefix : .structure
        // A cache that cannot be written to serves all the same.
        try? session.cache.verificationRecords.update(
            request.fileName, sha256: outcome.sha256, method: method, url: request.shareableURL)
    }

    private static func text(_ progress: FetchProgress, label: String, since start: ContinuousClock.Instant) -> String {
        switch progress.phase {
        case .waiting: return "\(label): another process is fetching it, waiting"
        case .pausing: return "\(label): the server failed or asked to wait; trying again soon"
        case .transferring: break
        }
        let seconds = start.secondsUntilNow
        let rate = Double(progress.byteCount - progress.resumedFrom) / max(seconds, 0.001)
        var text = "\(label): \(Formatting.bytes(progress.byteCount))"
        if let total = progress.totalByteCount, total > 0 {
            let share = Double(progress.byteCount) / Double(total)
            let filled = Int(share * 24)
            text =
                "\(label) [\(String(repeating: "█", count: min(filled, 24)))"
                + "\(String(repeating: "·", count: max(24 - filled, 0)))] "
                + "\(Formatting.bytes(progress.byteCount)) of \(Formatting.bytes(total))"
            if seconds > 1, rate > 0 {
                text += ", \(Formatting.seconds(Double(total - progress.byteCount) / rate)) left"
            }
        }
        return text + ", \(Formatting.bytes(Int(rate)))/s"
    }
}

/// Tells the cache what a checkpoint looks like.
struct CheckpointJudge: StructureJudge {
    func defect(in file: MappedFile) -> FileDefect? {
        CheckpointStructure.defect(in: file)
    }
}

extension Session {
    /// What the registry knows about the bytes of a file of that name.
    func expectedContent(of fileName: String) -> ExpectedContent? {
        registry.knownFile(named: fileName).map {
            ExpectedContent(byteCount: $0.byteCount, sha256: $0.sha256, sha256Prefix: $0.sha256Prefix)
        }
    }
}
