import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The program as users run it, with a cache of its own and no network beyond this machine.
struct ZooProcess {
    /// What a run left.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// Standard output as JSON.
        func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try JSONDecoder().decode(type, from: Data(output.utf8))
        }
    }

    /// A folder for this test alone; `TORCH_HOME` is in it.
    let folder: ScratchFolder
    /// Further environment variables.
    var environment: [String: String] = [:]

    init() throws {
        folder = try ScratchFolder()
    }

    /// Where downloads go.
    var checkpoints: FilePath {
        folder.path.appending("torch").appending("hub").appending("checkpoints")
    }

    /// Runs `zoo` with `arguments` in the scratch folder.
    func callAsFunction(_ arguments: String...) async throws -> Outcome {
        try await run(arguments)
    }

    /// Runs `zoo` with `arguments` in the scratch folder, to its end.
    ///
    /// - Parameter fileLimit: how many blocks of 512 bytes a file may have that it writes (`ulimit -f`).
    func run(_ arguments: [String], fileLimit: Int? = nil) async throws -> Outcome {
        let shell = fileLimit.map { ["-c", "ulimit -f \($0); exec \"$0\" \"$@\"", Self.program.string] }
        let result = try await Subprocess.run(
            .path(shell == nil ? Self.program : "/bin/sh"), arguments: Arguments((shell ?? []) + arguments),
            environment: variables,
            workingDirectory: folder.path, output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
        return Outcome(
            status: Self.code(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
    }

    /// Runs `zoo` with `arguments` at a terminal, where a person has typed `text` already.
    ///
    /// - Returns: What the person sees, as the errors.
    func run(_ arguments: [String], typing text: String) async throws -> Outcome {
        let terminal = try PseudoTerminal()
        try terminal.type(text)
        let result = try await Subprocess.run(
            .path(Self.program), arguments: Arguments(arguments), environment: variables,
            workingDirectory: folder.path,
            input: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false),
            output: .string(limit: 1 << 20),
            error: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false))
        return Outcome(
            status: Self.code(result.terminationStatus), output: result.standardOutput, errors: terminal.shown())
    }

    /// Runs `zoo` with `arguments` at a terminal that shows its results too.
    ///
    /// - Returns: All that the person sees, as the output; up to 4 KB.
    func run(_ arguments: [String], columns: Int) async throws -> Outcome {
        let terminal = try PseudoTerminal(columns: columns)
        let result = try await Subprocess.run(
            .path(Self.program), arguments: Arguments(arguments), environment: variables,
            workingDirectory: folder.path, input: .none,
            output: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false),
            error: .fileDescriptor(terminal.program, closeAfterSpawningProcess: false))
        let shown = terminal.shown().split(separator: "\r\n", omittingEmptySubsequences: false)
        return Outcome(
            status: Self.code(result.terminationStatus), output: shown.joined(separator: "\n"), errors: "")
    }

    /// Runs `zoo` with `arguments` in the scratch folder, and sends it a signal once `isTime` says so; it may have come to
    /// its end before that.
    func run(
        _ arguments: [String], stoppedBy signal: Signal, once isTime: @escaping @Sendable () -> Bool
    ) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(Self.program), arguments: Arguments(arguments), environment: variables,
            workingDirectory: folder.path, input: .none, output: .discarded, error: .string(limit: 1 << 20)
        ) { execution in
            let program = execution.processIdentifier.value
            await withCheckedContinuation { continuation in
                // On a thread of its own: tests that compute hold those of the tasks, for seconds at times.
                Thread.detachNewThread {
                    while !Self.hasEnded(program) {
                        if isTime() {
                            kill(program, signal.rawValue)
                            break
                        }
                        usleep(2000)
                    }
                    continuation.resume()
                }
            }
        }
        return Outcome(status: Self.code(result.terminationStatus), output: "", errors: result.standardError)
    }

    /// Whether a child has come to its end, whatever has become of it.
    private static func hasEnded(_ program: pid_t) -> Bool {
        var state = siginfo_t()
        // The child stays as it is, for Subprocess to wait for; its identifier is not another's before that.
        return waitid(P_PID, id_t(program), &state, WEXITED | WNOHANG | WNOWAIT) != 0 || state.si_signo != 0
    }

    /// Runs a script of `/bin/sh` in the scratch folder.
    func shell(_ script: String) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", script], environment: variables, workingDirectory: folder.path,
            output: .string(limit: 1 << 24), error: .string(limit: 1 << 20))
        return Outcome(
            status: Self.code(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
    }

    /// The exit code, as a shell has it.
    private static func code(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private var variables: Environment {
        var variables: [Environment.Key: String?] = [
            "TORCH_HOME": folder.path.appending("torch").string, "ZOO_MIRROR": nil, "ZOO_OFFLINE": nil,
            "XDG_CONFIG_HOME": folder.path.appending("config").string,
            "XDG_CACHE_HOME": folder.path.appending("cache").string,
            "ZOO_CACHE_PATH": nil, "HF_TOKEN": nil, "HF_ENDPOINT": nil,
            "ZOO_THREADS": nil, "NO_COLOR": nil, "TERM": "xterm", "CURL_CA_BUNDLE": nil, "SSL_CERT_FILE": nil,
            "SSL_CERT_DIR": nil,
            "http_proxy": nil, "https_proxy": nil, "HTTPS_PROXY": nil, "ALL_PROXY": nil, "all_proxy": nil,
        ]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        return .inherit.updating(variables)
    }

    /// The binary that was built beside the tests.
    static let program: FilePath = {
        var folder = FilePath(CommandLine.arguments[0]).removingLastComponent()
        // The tests may be a bundle, with the executable deeper than the products.
        while folder.lastComponent != nil,
            !FileManager.default.isExecutableFile(atPath: folder.appending("zoo").string)
        {
            folder.removeLastComponent()
        }
        return folder.appending("zoo")
    }()
}
