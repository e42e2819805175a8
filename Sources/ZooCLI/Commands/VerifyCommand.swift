import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCore
import ZooRegistry

/// `zoo verify`: which files of the cache are what they should be.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the files of the cache, and remove those that are broken.",
        discussion: """
            A file is compared with the registry's size and SHA-256, or with the digits in its name as torch.hub does. \
            Where no hash is known, only its structure vouches for it: 'unverified'. Broken files and abandoned \
            partial files, PyTorch's too, are removed. The exit code is 1 if anything was broken.

            --quick does not read files whose size, times and inode are those of their last verification: damage \
            that the disk did on its own stays unseen. --repair fetches what is broken again, if it is registered or \
            zoo fetched it; the exit code is 0 if all was repaired.

            Examples:
              zoo verify               the whole cache
              zoo verify --dry-run     the same, removing nothing
              zoo verify --quick       only what changed since the last time
              zoo verify --repair      fetch what is broken again
              zoo verify resnet18 ./model.pth
            """)

    @Argument(
        help: ArgumentHelp(
            "Models, files, or names of files in the cache; the whole cache by default.", valueName: "model|file"),
        completion: Completions.cachedFilesAndFiles)
    var items: [String] = []

    @Flag(help: "Remove nothing.")
    var dryRun = false

    @Flag(help: "Trust earlier verifications of files that have not changed.")
    var quick = false

    @Flag(help: "Fetch broken files again.")
    var repair = false

    @OptionGroup var talk: OutputOptions

    /// One file, as `--json` prints it.
    struct Answer: Encodable {
        let path: String
        let status: String
        let cause: String?
        let sha256: String?
        let detail: String
        let purged: Bool
        let repaired: Bool

        enum CodingKeys: CodingKey {
            case path, status, cause, sha256, detail, purged, repaired
        }

        /// `cause` and `sha256` are `null` rather than absent.
        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(path, forKey: .path)
            try fields.encode(status, forKey: .status)
            try fields.encode(cause, forKey: .cause)
            try fields.encode(sha256, forKey: .sha256)
            try fields.encode(detail, forKey: .detail)
            try fields.encode(purged, forKey: .purged)
            try fields.encode(repaired, forKey: .repaired)
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        let repair = repair ? CacheRepair(session: session, console: console) : nil
        let findings = try self.findings(session, repair)
        var repairs = CacheRepair.Result()
        if let repair, !dryRun { repairs = try repair.run(findings) }
        if talk.json {
            try console.json(
                findings.map {
                    Answer(
                        path: $0.path.string, status: $0.status.rawValue, cause: $0.defect?.cause.rawValue,
                        sha256: $0.sha256?.hex, detail: $0.detail, purged: $0.purged,
                        repaired: repairs.repaired.contains($0.path))
                })
        } else {
            if !findings.isEmpty { console.result(table(findings, repair, repairs)) }
            console.message(Self.summary(findings, in: items.isEmpty ? session.cache.checkpoints : nil))
        }
        try answer(findings, repairs, console)
    }

    private func findings(_ session: Session, _ repair: CacheRepair?) throws -> [VerifyFinding] {
        var verifier = CacheVerifier(session.cache, judge: CheckpointJudge()) { name in
            session.expectedContent(of: name)
        }
        verifier.isDryRun = dryRun
        verifier.isQuick = quick
        if let repair { verifier.isReplaced = { repair.source(of: $0) != nil } }
        if let threads = try session.threadCount(option: nil) { verifier.threadCount = threads }
        let progress = ProgressLine(talk.console)
        verifier.progress = { done, total in progress.update("verifying", done, of: total, "files") }
        let found =
            items.isEmpty
            ? try verifier.verify { Interruption.isRequested }
            : verifier.verify(files: try items.map { try path(of: $0, session) }) { Interruption.isRequested }
        progress.clear()
        try Interruption.check()
        return found
    }

    private func path(of item: String, _ session: Session) throws -> FilePath {
        if item.contains("/") || FileManager.default.fileExists(atPath: item) { return FilePath(item) }
        if CacheDirectory.isValid(fileName: item) {
            let cached = session.cache.path(of: item)
            if FileManager.default.fileExists(atPath: cached.string) { return cached }
        }
        // A name such as no model has: a file was meant.
        if FilePath(item).extension != nil { throw MissingFile(FilePath(item)) }
        let entry = try session.registry.entry(item)
        let path = session.cache.path(of: entry.fileName)
        guard FileManager.default.fileExists(atPath: path.string) else {
            throw UsageError("\(entry.id) is not in the cache; 'zoo fetch \(entry.id)' gets it")
        }
        return path
    }

    private func table(_ findings: [VerifyFinding], _ repair: CacheRepair?, _ repairs: CacheRepair.Result) -> Table {
        var table = Table([.init("STATUS"), .init("FILE", .left, .shortened), .init("WHY", .left, .wrapped)])
        for finding in findings {
            let cause = finding.defect.map { " (\($0.cause.rawValue))" } ?? ""
            let end: String
            if repairs.repaired.contains(finding.path) {
                end = "; fetched again"
            } else if finding.purged {
                end = "; removed"
            } else if finding.status == .broken, dryRun {
                end = repair?.source(of: finding) != nil ? "; would be fetched again" : "; would be removed"
            } else {
                end = ""
            }
            table.add(
                [finding.status.rawValue + cause, finding.path.string, finding.detail + end],
                colour: Self.colour(finding.status))
        }
        return table
    }

    private static func colour(_ status: VerifyFinding.Status) -> Console.Colour? {
        switch status {
        case .ok: .good
        case .broken: .bad
        case .unverified: .doubtful
        case .partial: nil
        }
    }

    private static func summary(_ findings: [VerifyFinding], in folder: FilePath?) -> String {
        let place = folder.map { " in \($0)" } ?? ""
        guard !findings.isEmpty else { return "no files\(place)" }
        let counts = VerifyFinding.Status.allCases.compactMap { status in
            let count = findings.count { $0.status == status }
            return count == 0 ? nil : "\(count) \(status.rawValue)"
        }
        return "\(Formatting.count(findings.count, "file"))\(place): \(counts.joined(separator: ", "))"
    }

    /// The worst finding decides the exit code.
    private func answer(_ findings: [VerifyFinding], _ repairs: CacheRepair.Result, _ console: Console) throws {
        let failed = findings.compactMap(\.error)
        failed.forEach { console.error("\($0)") }
        if let failure = repairs.failure { throw CommandAnswer(status: ExitStatus(failure.kind)) }
        let isStillBroken = findings.contains { finding in
            guard finding.status == .broken, !repairs.repaired.contains(finding.path) else { return false }
            // To repair an abandoned download is to remove it.
            return !(repair && finding.purged && finding.defect?.cause == .abandonedPartial)
        }
        if isStillBroken { throw CommandAnswer(status: .answerIsNo) }
        if let first = failed.first { throw CommandAnswer(status: ExitStatus(first.kind)) }
    }
}
