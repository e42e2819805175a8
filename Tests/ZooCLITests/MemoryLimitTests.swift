import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Small files that ask for much: a file of 10 KB must not take 100 MB, nor long.
@Suite("small files cost little", .slow, .timeLimit(.minutes(2))) struct MemoryLimitTests {
    /// A file that asks for more than it has.
    struct Bomb: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]

        init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }

        var testDescription: String { name }
    }

    static func pickle(_ unit: [UInt8], end: [UInt8] = []) -> [UInt8] {
        [0x80, 4] + Array(repeatElement(unit, count: 9_900 / unit.count).joined()) + end
    }

    static let bombs: [Bomb] = [
        Bomb("values", pickle(Array("N".utf8))),
        Bomb("copies", pickle(Array("2".utf8))),
        Bomb("marks", pickle(Array("(".utf8))),
        Bomb("lists in lists", pickle(Array("]".utf8), end: Array(repeatElement(0x61, count: 90)))),
        Bomb("memo entries", pickle([0x4e, 0x94])),
        Bomb("tuples that double", pickle(Array("2".utf8) + [0x86, 0x94], end: [0x2e])),
        Bomb("a list that holds itself", pickle([0x5d, 0x94, 0x68, 0, 0x61], end: [0x2e])),
        Bomb("imports", Array((0..<1300).map { "ca\n\($0)\n" }.joined().utf8)),
        Bomb("a text of many bytes", [0x80, 4, 0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]),
        Bomb("an integer of many bytes", [0x80, 4, 0x8b, 0xff, 0xff, 0xff, 0x7f]),
        Bomb("bytes of many bytes", [0x80, 4, 0x8e, 0, 0, 0, 0, 1, 0, 0, 0, 0x2e]),
        Bomb("a number in the memo", [0x80, 2, 0x4e, 0x72, 0xff, 0xff, 0xff, 0xff, 0x2e]),
        Bomb("a safetensors header", [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0x7b]),
        Bomb("an array", [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0x7f]),
        Bomb("ten megabytes of zeros in a zip", zip("a/data.pkl", deflated: zeros(9_000), byteCount: 10_000_000)),
        Bomb("more than the directory says", zip("a/data.pkl", deflated: zeros(9_000), byteCount: 10)),
        Bomb("a size that cannot be", zip("a/data.pkl", deflated: zeros(10), byteCount: 0x7fff_ffff)),
    ]

    @Test("at most 100 MB and ten seconds of a processor", arguments: bombs) func bomb(_ bomb: Bomb) throws {
        #expect(bomb.bytes.count <= 10_240)
        let folder = try ScratchFolder()
        let path = try folder.write(bomb.bytes, to: "bomb.pth")
        for command in ["inspect", "scan", "verify"] {
            let run = try measure([command] + (command == "verify" ? ["--dry-run"] : []) + [path.string])
            #expect(run.status >= 0 && run.status <= 6, "\(command) ended by signal or with \(run.status)")
            #expect(run.peakBytes < 100_000_000, "\(command)")
            #expect(run.seconds < 10, "\(command)")
        }
    }

    /// Raw DEFLATE with fixed codes: a zero, and then as many copies of 258 zeros as fit.
    static func zeros(_ byteCount: Int) -> [UInt8] {
        var bits: [Bool] = [true, true, false]
        bits += [false, false, true, true, false, false, false, false]
        let copy = [true, true, false, false, false, true, false, true] + [Bool](repeating: false, count: 5)
        while bits.count + copy.count + 7 < byteCount * 8 { bits += copy }
        bits += [Bool](repeating: false, count: 7)
        bits += [Bool](repeating: false, count: (8 - bits.count % 8) % 8)
        return stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(UInt8(0)) { $0 | (bits[start + $1] ? 1 << UInt8($1) : 0) }
        }
    }

    static func zip(_ name: String, deflated: [UInt8], byteCount: Int) -> [UInt8] {
        func le(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let fields = le(0, 2) + le(8, 2) + le(0, 8) + le(deflated.count, 4) + le(byteCount, 4) + le(name.utf8.count, 2)
        let local = le(0x0403_4b50, 4) + le(20, 2) + fields + le(0, 2) + Array(name.utf8) + deflated
        let central = le(0x0201_4b50, 4) + le(20, 2) + le(20, 2) + fields + le(0, 16) + Array(name.utf8)
        return local + central + le(0x0605_4b50, 4) + le(0, 4) + le(1, 2) + le(1, 2) + le(central.count, 4)
            + le(local.count, 4) + le(0, 2)
    }

    /// Runs `zoo` with its output thrown away, and asks the system what it took.
    private func measure(_ arguments: [String]) throws -> (status: Int32, peakBytes: Int, seconds: Double) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in [ZooProcess.program.string] + arguments { unsafe words.append(strdup(word)) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var variables = unsafe [strdup("SWIFT_BACKTRACE=enable=no"), strdup("TORCH_HOME=/nonexistent"), nil]
        defer { unsafe variables.forEach { unsafe free($0) } }
        var process: pid_t = 0
        try #require(unsafe posix_spawn(&process, ZooProcess.program.string, &actions, nil, &words, &variables) == 0)
        var status: Int32 = 0
        var usage = rusage()
        var peakBytes = 0
        // Not `ru_maxrss`: that of a child begins with what its parent had.
        while unsafe wait4(process, &status, WNOHANG, &usage) == 0 {
            peakBytes = max(peakBytes, Self.peak(of: process))
            usleep(500)
        }
        let times = [usage.ru_utime, usage.ru_stime]
        let seconds = times.reduce(0.0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        let code = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        return (code, peakBytes, seconds)
    }

    /// The most memory that a running process has had at a time, in bytes; 0 once it has ended.
    private static func peak(of process: pid_t) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }
}
