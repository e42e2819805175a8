import Foundation
import Testing

@testable import ZooCore

/// The limits of control groups, from trees of files as kernels and container engines show them.
@Suite struct ProcessorQuotaTests {
    struct Tree: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let cgroup: String
        let mounts: String
        var files: [String: String] = [:]
        let expected: Int?
    }

    private static let unified = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let divided =
        "33 32 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        + "34 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

    private static func quota(_ folder: String, _ quota: String, _ period: String = "100000") -> [String: String] {
        [
            "/sys/fs/cgroup/cpu,cpuacct\(folder)/cpu.cfs_quota_us": quota + "\n",
            "/sys/fs/cgroup/cpu,cpuacct\(folder)/cpu.cfs_period_us": period + "\n",
        ]
    }

    static let trees: [Tree] = [
        Tree(testDescription: "no control groups", cgroup: "", mounts: "", expected: nil),
        Tree(
            testDescription: "version 2, a container's own root", cgroup: "0::/\n", mounts: unified,
            files: ["/sys/fs/cgroup/cpu.max": "200000 100000\n"], expected: 2),
        Tree(
            testDescription: "version 2, part of a processor counts as one more", cgroup: "0::/\n", mounts: unified,
            files: ["/sys/fs/cgroup/cpu.max": "250000 100000\n"], expected: 3),
        Tree(
            testDescription: "version 2, less than a processor is one", cgroup: "0::/\n", mounts: unified,
            files: ["/sys/fs/cgroup/cpu.max": "1000 100000\n"], expected: 1),
        Tree(
            testDescription: "version 2, no limit", cgroup: "0::/user.slice\n", mounts: unified,
            files: ["/sys/fs/cgroup/user.slice/cpu.max": "max 100000\n"], expected: nil),
        Tree(
            testDescription: "version 2, the group above has the smaller limit", cgroup: "0::/a/b/c\n", mounts: unified,
            files: [
                "/sys/fs/cgroup/a/cpu.max": "300000 100000\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/b/c/cpu.max": "500000 100000\n",
            ], expected: 3),
        Tree(
            testDescription: "version 2, a group outside the process's namespace", cgroup: "0::/../other\n",
            mounts: unified, files: ["/sys/fs/cgroup/cpu.max": "400000 100000\n"], expected: 4),
        Tree(
            testDescription: "version 1", cgroup: "3:cpu,cpuacct:/docker/x\n2:memory:/docker/x\n", mounts: divided,
            files: quota("/docker/x", "150000"), expected: 2),
        Tree(
            testDescription: "version 1, no limit", cgroup: "3:cpu,cpuacct:/\n", mounts: divided,
            files: quota("", "-1"), expected: nil),
        Tree(
            testDescription: "version 1 in a container, the group as the host sees it",
            cgroup: "3:cpu,cpuacct:/docker/x/inner\n",
            mounts: "34 32 0:29 /docker/x /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
            files: quota("", "700000").merging(quota("/inner", "600000")) { $1 }, expected: 6),
        Tree(
            testDescription: "version 1 in a container, mounted from another group", cgroup: "3:cpu,cpuacct:/x\n",
            mounts: "34 32 0:29 /docker/y /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
            files: quota("", "500000"), expected: 5),
        Tree(
            testDescription: "both versions, limits in version 1", cgroup: "3:cpu,cpuacct:/s\n0::/s\n",
            mounts: divided + "29 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            files: quota("/s", "50000", "25000"), expected: 2),
        Tree(
            testDescription: "nonsense is no limit", cgroup: "0::/\nx\n:::\n", mounts: unified + "a b c\n - \n",
            files: ["/sys/fs/cgroup/cpu.max": "all of them\n"], expected: nil),
        Tree(
            testDescription: "a period of zero is no limit", cgroup: "0::/\n", mounts: unified,
            files: ["/sys/fs/cgroup/cpu.max": "100000 0\n"], expected: nil),
    ]

    @Test("limits are found", arguments: trees)
    func limits(tree: Tree) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("quota-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let files = ["/proc/self/cgroup": tree.cgroup, "/proc/self/mountinfo": tree.mounts].merging(tree.files) { $1 }
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        #expect(ProcessorQuota(root: root.path).processorCount == tree.expected)
    }

    @Test func thisProcessHasAtLeastOneProcessor() {
        let allowed = ProcessorQuota().processorCount ?? .max
        #expect(1...max(1, allowed) ~= WorkerThreads.processorCount)
    }
}
