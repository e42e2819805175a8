import ArgumentParser
import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooPickle

/// `zoo scan`: is it safe to load this in Python?
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Say what Python would import and call when it loads a file, running none of it.",
        discussion: """
            A pickle is a program. For each one in a file, in archives and under any name too, the answer is
              safe       it does only what torch's own safe loader allows (PyTorch \(SafeGlobals.torchVersion))
              unknown    it imports something else, which may be harmless
              dangerous  it runs code, or can
            and 'unjudged' where a part of a file cannot be looked at: compressed, encrypted, damaged, no pickle.

            Exit codes: 0 every file is safe; 1 one is dangerous or unknown; 5 one could not be judged.

            Examples:
              zoo scan model.pth
              zoo scan downloads/*.bin --json
              zoo scan model.pkl --trace     every instruction, as pickletools prints it
            """)

    @Argument(help: ArgumentHelp("Files of any kind.", valueName: "file"), completion: .file())
    var files: [String]

    @Flag(help: "Print the instructions of every pickle.")
    var trace = false

    @OptionGroup var talk: OutputOptions

    func validate() throws {
        if files.isEmpty { throw ValidationError("Missing expected argument '<file> ...'") }
        if trace && talk.json { throw ValidationError("--trace is text; it does not go with --json") }
    }

    func run() throws {
        let console = talk.console
        var scans: [FileScan] = []
        var failures: [CheckpointError] = []
        for file in files {
            try Interruption.check()
            do throws(CheckpointError) {
                let scan = try FileScanner.scan(FilePath(file), trace: trace ? { console.result($0) } : nil)
                scans.append(scan)
                if !talk.json { ScanReport(scan, isQuiet: talk.quiet).print(to: console) }
            } catch {
                failures.append(error)
                console.error(MissingFile.explanation(of: error, about: FilePath(file)))
            }
        }
        if talk.json { try console.json(scans.map(Answer.init)) }
        if scans.count + failures.count > 1, !talk.json { console.message(Self.summary(scans, failures.count)) }
        try answer(scans, failures)
    }

    private static func summary(_ scans: [FileScan], _ failed: Int) -> String {
        var counts = FileScan.Verdict.allCases.compactMap { verdict in
            let count = scans.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        if failed > 0 { counts.append("\(failed) not read") }
        return "\(Formatting.count(scans.count + failed, "file")): \(counts.joined(separator: ", "))"
    }

    /// A definite no comes before a missing answer.
    private func answer(_ scans: [FileScan], _ failures: [CheckpointError]) throws {
        if scans.contains(where: { $0.verdict == .dangerous || $0.verdict == .unknown }) {
            throw CommandAnswer(status: .answerIsNo)
        }
        if let failure = failures.first { throw CommandAnswer(status: ExitStatus(failure.kind)) }
        if scans.contains(where: { $0.verdict == .unjudged }) { throw CommandAnswer(status: .unreadable) }
    }
}
