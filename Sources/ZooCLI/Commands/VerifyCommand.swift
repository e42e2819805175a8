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

            Examples:
              zoo verify               the whole cache
              zoo verify --dry-run     the same, removing nothing
              zoo verify resnet18 ./model.pth
            """)

    @Argument(help: ArgumentHelp("Models or files; the whole cache by default.", valueName: "model|file"))
    var items: [String] = []

    @Flag(help: "Remove nothing.")
    var dryRun = false

    @OptionGroup var talk: OutputOptions

    /// One file, as `--json` prints it.
    struct Answer: Encodable {
        let path: String
        let status: String
        let cause: String?
        let sha256: String?
        let detail: String
        let purged: Bool

        enum CodingKeys: CodingKey {
            case path, status, cause, sha256, detail, purged
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
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        let findings = try self.findings(session)
        if talk.json {
            try console.json(
                findings.map {
                    Answer(
                        path: $0.path.string, status: $0.status.rawValue, cause: $0.defect?.cause.rawValue,
                        sha256: $0.sha256?.hex, detail: $0.detail, purged: $0.purged)
                })
        } else {
            if !findings.isEmpty { console.result(table(findings)) }
            console.message(Self.summary(findings, in: items.isEmpty ? session.cache.checkpoints : nil))
        }
        try answer(findings, console)
    }

    private func findings(_ session: Session) throws -> [VerifyFinding] {
        var verifier = CacheVerifier(session.cache, judge: CheckpointJudge()) { name in
            session.expectedContent(of: name)
        }
        verifier.isDryRun = dryRun
        if let threads = try session.threadCount(option: nil) { verifier.threadCount = threads }
        let found =
            items.isEmpty
            ? try verifier.verify { Interruption.isRequested }
            : verifier.verify(files: try items.map { try path(of: $0, session) }) { Interruption.isRequested }
        try Interruption.check()
        return found
    }

    private func path(of item: String, _ session: Session) throws -> FilePath {
        if item.contains("/") || FileManager.default.fileExists(atPath: item) { return FilePath(item) }
        let entry = try session.registry.entry(item)
        let path = session.cache.path(of: entry.fileName)
        guard FileManager.default.fileExists(atPath: path.string) else {
            throw UsageError("\(entry.id) is not in the cache; 'zoo fetch \(entry.id)' gets it")
        }
        return path
    }

    private func table(_ findings: [VerifyFinding]) -> String {
        var table = Table([("STATUS", .left), ("FILE", .left), ("WHY", .left)])
        for finding in findings {
            let cause = finding.defect.map { " (\($0.cause.rawValue))" } ?? ""
            let removed = finding.purged ? "; removed" : finding.status == .broken && dryRun ? "; would be removed" : ""
            table.add([finding.status.rawValue + cause, finding.path.string, finding.detail + removed])
        }
        return table.text
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
    private func answer(_ findings: [VerifyFinding], _ console: Console) throws {
        let failed = findings.compactMap(\.error)
        failed.forEach { console.error("\($0)") }
        if findings.contains(where: { $0.status == .broken }) { throw CommandAnswer(status: .answerIsNo) }
        if let first = failed.first { throw CommandAnswer(status: ExitStatus(first.kind)) }
    }
}
