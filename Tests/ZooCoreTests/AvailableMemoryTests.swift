import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooCore

@Suite("how much memory is left") struct AvailableMemoryTests {
    @Test func thisMachineHasSome() throws {
        let count = try #require(AvailableMemory.byteCount)
        #expect(count > 1 << 20 && count < 1 << 50)
    }

    @Test(
        "what /proc/meminfo says",
        arguments: [
            ("MemTotal: 100 kB\nMemAvailable:  40 kB\nSwapFree: 8 kB\n", 48 * 1024),
            ("MemAvailable:  40 kB\n", 40 * 1024),
            ("MemTotal: 100 kB\n", nil),
            ("MemAvailable: much\n", nil),
            ("", nil),
        ])
    func machine(text: String, expected: Int?) {
        #expect(AvailableMemory.machine(text) == expected)
    }

    /// The least of the group's own limit and of those above it.
    @Test func controlGroups() throws {
        let folder = try ScratchFolder()
        let root = folder.path.string
        func write(_ text: String, _ path: String) throws {
            let url = URL(fileURLWithPath: root + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        try write("1000\n", "a/memory.max")
        try write("900\n", "a/memory.current")
        try write("anon 5\ninactive_file 50\n", "a/memory.stat")
        try write("max\n", "a/b/memory.max")
        try write("10\n", "a/b/memory.current")
        #expect(AvailableMemory.controlGroup(root: root, membership: "0::/a/b\n") == 150)
        try write("100\n", "a/b/memory.max")
        #expect(AvailableMemory.controlGroup(root: root, membership: "1:cpu:/x\n0::/a/b\n") == 90)
        #expect(AvailableMemory.controlGroup(root: root, membership: "0::/none\n") == nil)
        #expect(AvailableMemory.controlGroup(root: root, membership: "1:memory:/a\n") == nil)
        #expect(AvailableMemory.controlGroup(root: root, membership: nil) == nil)
    }
}
