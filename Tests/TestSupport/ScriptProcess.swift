import Foundation
import SystemPackage

/// A Python script that listens at a port and prints it; ended with the value.
final class ScriptProcess {
    let port: Int
    private let process = Process()
    private let folder: ScratchFolder

    /// Runs `script` until it has printed its port.
    init(_ script: String, _ arguments: [String]) throws {
        folder = try ScratchFolder()
        let file = try folder.write(Array((Self.lifetime + script).utf8), to: "server.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", file.string] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            kill(process.processIdentifier, SIGKILL)
            throw CocoaError(.featureUnsupported)
        }
        self.port = port
    }

    deinit {
        // Signals that the test's thread holds back are held back in its children too; this one cannot be.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Whatever happens to the test, the script ends after a minute.
    private static let lifetime = """
        import signal
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
        signal.alarm(60)

        """

    /// Runs a program to its end.
    ///
    /// - Returns: Whether it succeeded.
    static func run(_ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Whether this machine has the program.
    static func isAvailable(_ program: String) -> Bool {
        run([program, "-V"]) || run([program, "version"])
    }
}
