import ArgumentParser
import FoundationEssentials
import ZooCache
import ZooCore
import ZooEngine
import ZooRegistry

/// `zoo doctor`: is everything here that zoo needs?
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the installation, and say how to mend what is wrong.",
        discussion: """
            Looked at are the libraries, the processor, threads, memory, the cache, the network's settings and the \
            registries. Nothing is changed and nobody is contacted; --online asks the servers that weights come from \
            whether they answer. What there is to do stands behind 'fix:', to be typed as it is.

            The exit code is 1 if there is a problem, otherwise 0; a warning is none.

            Examples:
              zoo doctor
              zoo doctor --online
              zoo doctor --quiet      warnings and problems only
            """)

    @Flag(help: "Ask servers whether they answer.")
    var online = false

    @OptionGroup var talk: OutputOptions

    /// The result as `--json` prints it.
    struct Answer: Encodable {
        /// The worst of the findings.
        let status: DoctorFinding.Status
        let build: BuildFacts
        let findings: [DoctorFinding]
    }

    func run() throws {
        let facts = BuildFacts()
        let findings = try findings(facts)
        let worst = DoctorFinding.Status.allCases.last { status in findings.contains { $0.status == status } } ?? .ok
        if talk.json {
            try talk.console.json(Answer(status: worst, build: facts, findings: findings))
        } else {
            DoctorReport(facts: facts, findings: findings, isQuiet: talk.quiet).print(to: talk.console)
        }
        if worst == .problem { throw CommandAnswer(status: .answerIsNo) }
    }

    private func findings(_ facts: BuildFacts) throws -> [DoctorFinding] {
        let environment = ProcessInfo.processInfo.environment
        // A registry that cannot be read is found by its own check; the others go on without it.
        let registry = try? Registry.embedded()
        let cpuinfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let cache = CacheCheck(environment: environment) { name in
            registry?.knownFile(named: name).map {
                ExpectedContent(byteCount: $0.byteCount, sha256: $0.sha256, sha256Prefix: $0.sha256Prefix)
            }
        }
        let local =
            LibraryCheck(facts: facts, environment: environment).findings
            + ProcessorCheck(cpuinfo: cpuinfo, used: ProcessorInstructions.used, environment: environment).findings
            + ThreadCheck(limits: ProcessorLimits(), environment: environment).findings
            + MemoryCheck(availableByteCount: AvailableMemory.byteCount).findings
            + RegistryCheck(environment: environment).findings + cache.findings
        let all = local + NetworkCheck(environment: environment, isOnline: online).findings
        try Interruption.check()
        return all
    }
}
