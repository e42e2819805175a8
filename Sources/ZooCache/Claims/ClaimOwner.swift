import Glibc
import SystemPackage
import ZooCore

/// The process that holds a claim, told apart from every other process there ever was.
struct ClaimOwner: Sendable, Hashable {
    /// What can be said about an owner from here.
    enum State: Sendable, Hashable {
        /// It is a process of this machine, and runs.
        case alive
        /// It was a process of this machine, and has ended.
        case dead
        /// It is or was a process of another machine, of another container, or from before the last boot: only what it
        /// does to its files tells whether it lives.
        case elsewhere
    }

    /// Digits that stand for one boot of one machine, and the processes that see each other there.
    let host: String
    /// The number of the process.
    let process: Int32
    /// When it was started, in clock ticks since the boot; numbers of processes are used again.
    let started: UInt64

    static let hostDigitCount = 12

    /// This process.
    static let current = ClaimOwner(
        host: currentHost, process: getpid(), started: Process(getpid())?.started ?? UInt64.random(in: 1 ... .max))

    private static let currentHost: String = {
        let boot = ProcFile.bytes("/proc/sys/kernel/random/boot_id")
        let space = try? FileStatus(following: "/proc/self/ns/pid")
        guard let boot, let space else {
            // Nobody can look after this process then; it counts as elsewhere for all others.
            return String(String(UInt64.random(in: .min ... .max) | 1 << 63, radix: 16).prefix(hostDigitCount))
        }
        let identity = boot + Array("\(space.device) \(space.inode)".utf8)
        return String(SHA256.digest(of: identity.rawSpan).hex.prefix(hostDigitCount))
    }()

    var state: State {
        guard host == Self.currentHost else { return .elsewhere }
        if let process = Process(process) { return process.isRunning && process.started == started ? .alive : .dead }
        // `hidepid` hides other users' processes from /proc, but not from kill(2).
        return kill(process, 0) == 0 || Errno.current == .notPermitted ? .alive : .dead
    }

    /// What /proc/PID/stat says (proc(5)).
    private struct Process {
        let isRunning: Bool
        let started: UInt64

        init?(_ number: Int32) {
            guard let bytes = ProcFile.bytes(FilePath("/proc/\(number)/stat")),
                // The name of the program may hold anything, parentheses and spaces too.
                let end = bytes.lastIndex(of: UInt8(ascii: ")"))
            else { return nil }
            let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
            guard fields.count > 19, let started = UInt64(fields[19]) else { return nil }
            isRunning = !["Z", "X", "x"].contains(fields[0])
            self.started = started
        }
    }
}

/// Files of /proc, which have no length.
enum ProcFile {
    /// All bytes of the file; `nil` if it is not there or not to be read.
    static func bytes(_ path: FilePath) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try? unsafe piece.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }) {
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        return nil
    }
}
