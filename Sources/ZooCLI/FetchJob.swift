import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCheckpoint
import ZooCore
import ZooFetch
import ZooRegistry

/// Fetches one file and shows how it goes.
struct FetchJob: Sendable {
    let session: Session
    let console: Console
    /// Where progress is drawn; a board of its own if `nil`.
    var board: ProgressBoard?
    /// Where files are taken from if their addresses fail, before what `ZOO_MIRROR` names.
    var mirrors: [Mirror] = []
    /// Whether a sound file in the cache is fetched again.
    var isForced = false
    /// How files travel, if the command has options for it.
    var transfer: TransferOptions?

    /// Brings the file of a registered model into the cache, or checks the one that is there.
    ///
    /// - Parameter pinned: what its bytes must be, whatever the registry says.
    func run(_ entry: ModelEntry, pinned: ExpectedContent? = nil) throws -> FetchOutcome {
        // What came with zoo is nowhere else.
        let options = try options(mirrors: entry.relativeFilePath == nil ? .all : .none)
        let request = FetchRequest(
            url: try Self.address(of: entry), fileName: entry.fileName,
            expected: pinned ?? session.expectedContent(of: entry.fileName) ?? ExpectedContent(), isForced: isForced)
        return try run(request, options, label: entry.name)
    }

    /// Brings a file from anywhere into the cache.
    ///
    /// - Parameters:
    ///   - fileName: its name in the cache; `nil` for that at the end of the address.
    ///   - sha256: what its bytes must have; without it, torch.hub's rule for file names decides.
    func run(url: String, fileName: String? = nil, sha256: SHA256Digest?) throws -> FetchOutcome {
        var request = FetchRequest(url: url, fileName: fileName, isForced: isForced)
        request.expected =
            sha256.map { ExpectedContent(sha256: $0) } ?? session.expectedContent(of: request.fileName)
            ?? ExpectedContent()
        return try run(request, try options(mirrors: .given), label: request.fileName)
    }

    /// Brings a file of Hugging Face into the cache; its large files have a SHA-256 there.
    func run(_ file: HuggingFaceFile) throws -> FetchOutcome {
        let options = try options(mirrors: .given)
        let url = file.url(environment: session.environment)
        var request = FetchRequest(url: url, fileName: file.fileName, isForced: isForced)
        do throws(FetchError) {
            request.expected = try Fetcher(options).contentOnHuggingFace(url, fileName: file.fileName) {
                Interruption.isRequested
            }
        } catch {
            // Without the network what was fetched before serves, if it is what it was then.
            guard [.transfer].contains(error.kind), !isForced,
                let record = session.cache.verificationRecords.record(of: file.fileName), record.url == url
            else { throw error }
            request.expected = ExpectedContent(sha256: record.sha256)
        }
        return try run(request, options, label: file.fileName)
    }

    /// Brings what a lock file names into the cache; no other bytes will do.
    func run(_ pin: LockFile.Pin) throws -> FetchOutcome {
        // The registry knows where files are that came with zoo.
        if let entry = session.registry.entry(fileName: pin.file), entry.url == pin.url {
            return try run(entry, pinned: pin.expected)
        }
        let isAddress = pin.name == pin.url || HuggingFaceFile(pin.name) != nil
        let request = FetchRequest(url: pin.url, fileName: pin.file, expected: pin.expected, isForced: isForced)
        return try run(request, try options(mirrors: isAddress ? .given : .all), label: pin.name)
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

    /// Which mirrors count.
    enum MirrorChoice {
        case all, none
        /// An address that was given in full is meant; only who names a mirror beside it wants one.
        case given
    }

    func options(mirrors choice: MirrorChoice) throws -> FetchOptions {
        var options = try FetchOptions(environment: session.environment)
        options.userAgent = "zoo/\(ZooVersion.current)"
        switch choice {
        case .all: options.mirrors = mirrors + options.mirrors
        case .given: options.mirrors = mirrors
        case .none: options.mirrors = []
        }
        transfer?.apply(to: &options)
        return options
    }

    private func run(_ request: FetchRequest, _ options: FetchOptions, label: String) throws -> FetchOutcome {
        let clock = ContinuousClock.now
        let board = board ?? ProgressBoard(console)
        let row = board.addRow()
        defer { row.end() }
        let fetcher = Fetcher(options, judge: CheckpointJudge())
        let outcome = try fetcher.fetch(request, into: session.cache) { progress in
            if case .turning(let failure) = progress.phase {
                board.message("\(failure); trying the next place")
            } else {
                row.update(Self.line(progress, label: label, since: clock))
            }
        } isCancelled: {
            Interruption.isRequested
        }
        row.end()
        if outcome.wasCached, !outcome.isVerified { warnOfOtherOrigin(outcome, request, board) }
        record(outcome, request)
        if !outcome.wasCached { board.message(Self.summary(outcome, label: label, seconds: clock.secondsUntilNow)) }
        if !outcome.isVerified {
            board.warning(
                "\(outcome.path): unverified: no hash of it is known, only its structure was checked. "
                    + "Its SHA-256 is \(outcome.sha256); --sha256 checks against one that you know")
        }
        return outcome
    }

    private static func summary(_ outcome: FetchOutcome, label: String, seconds: Double) -> String {
        let agrees = outcome.isVerified ? ", SHA-256 agrees" : ""
        if let origin = outcome.origin, origin.hasPrefix("/") {
            return "\(label): \(Formatting.bytes(outcome.byteCount)) taken over from \(origin)\(agrees)"
        }
        let resumed = outcome.resumedFrom > 0 ? ", resumed at \(Formatting.bytes(outcome.resumedFrom))" : ""
        return "\(label): \(Formatting.bytes(outcome.byteCount)) in \(Formatting.seconds(seconds))\(resumed)\(agrees)"
    }

    /// Files at several addresses may have the same name, and of this one no hash tells which it is.
    private func warnOfOtherOrigin(_ outcome: FetchOutcome, _ request: FetchRequest, _ board: ProgressBoard) {
        guard let url = request.shareableURL,
            let other = session.cache.verificationRecords.currentRecord(of: request.fileName)?.url, other != url
        else { return }
        board.warning(
            "\(outcome.path): it was fetched from \(other), not from \(url), and has the same name; --force replaces it"
        )
    }

    /// Keeps what was found for `zoo verify --quick` and `--repair`.
    private func record(_ outcome: FetchOutcome, _ request: FetchRequest) {
        let known = request.expected.completed(fromFileName: request.fileName)
        let method: VerificationRecord.Method =
            known.sha256 != nil ? .sha256 : outcome.isVerified ? .sha256Prefix : .structure
        let records = session.cache.verificationRecords
        let isFromElsewhere = outcome.wasCached && records.currentRecord(of: request.fileName)?.url != nil
        // A cache that cannot be written to serves all the same.
        try? records.update(
            request.fileName, sha256: outcome.sha256, method: method, url: isFromElsewhere ? nil : request.shareableURL)
    }

    private static func line(
        _ progress: FetchProgress, label: String, since start: ContinuousClock.Instant
    ) -> TransferLine {
        switch progress.phase {
        case .waiting: return TransferLine(label: label, state: .waiting)
        case .pausing: return TransferLine(label: label, state: .pausing)
        case .transferring, .turning: break
        }
        let seconds = start.secondsUntilNow
        let rate = Double(progress.byteCount - progress.resumedFrom) / max(seconds, 0.001)
        let left = progress.totalByteCount.map { max(Double($0 - progress.byteCount), 0) / max(rate, 1) }
        return TransferLine(
            label: label,
            state: .transferring(
                byteCount: progress.byteCount, totalByteCount: progress.totalByteCount, bytesPerSecond: max(rate, 0),
                secondsLeft: seconds > 1 && rate > 0 ? left : nil))
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
