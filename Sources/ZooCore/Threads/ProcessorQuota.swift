internal import FoundationEssentials

/// How many processors' time the process may use by the limits of its control groups: what containers set.
///
/// Source: the kernel's `cgroup-v2.rst` (`cpu.max`) and `sched-bwc.rst` (`cpu.cfs_quota_us`); proc_pid_mountinfo(5).
struct ProcessorQuota {
    /// A hierarchy of control groups that limits processors, and where the process is in it.
    private struct Hierarchy {
        /// Whether it is the unified one of version 2.
        let isUnified: Bool
        let mountPoint: String
        /// The group of the process below the mount point: empty, or `/a/b`.
        let group: String
    }

    /// A folder that stands for `/`; tests use their own.
    private let root: String

    init(root: String = "") {
        self.root = root
    }

    /// The smallest limit of the process's group and those that it is part of, rounded up to whole processors; `nil` if
    /// there is none, or none that can be read.
    var processorCount: Int? {
        hierarchies.flatMap { hierarchy in
            groups(from: hierarchy.group).compactMap { group in
                limit(hierarchy.mountPoint + group, isUnified: hierarchy.isUnified)
            }
        }.min()
    }

    private func text(_ path: String) -> String? {
        try? String(contentsOfFile: root + path, encoding: .utf8)
    }

    /// The lines of mountinfo: `ID PARENT DEVICE ROOT MOUNT-POINT OPTIONS… - TYPE SOURCE OPTIONS`.
    private var hierarchies: [Hierarchy] {
        let groups = groupsOfProcess
        return (text("/proc/self/mountinfo") ?? "").split(separator: "\n").compactMap { line in
            let halves = line.split(separator: " - ", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            let (mount, system) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
            guard mount.count > 4, let type = system.first else { return nil }
            let isUnified = type == "cgroup2"
            let controllers = system.last?.split(separator: ",") ?? []
            guard isUnified || type == "cgroup" && controllers.contains("cpu"),
                let group = groups[isUnified ? "" : "cpu"]
            else { return nil }
            // Inside a container the group may be written as the host sees it; then the mount is the container's group.
            let top = mount[3] == "/" ? "" : String(mount[3])
            let isInside = group.hasPrefix(top + "/") || group == top
            return Hierarchy(
                isUnified: isUnified, mountPoint: String(mount[4]),
                group: isInside ? String(group.dropFirst(top.count)) : "")
        }
    }

    /// The group of the process by controller; version 2 has the empty name. The lines are `ID:CONTROLLERS:GROUP`.
    private var groupsOfProcess: [String: String] {
        var groups: [String: String] = [:]
        for line in (text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let group = parts[2] == "/" ? "" : String(parts[2])
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = group
            }
        }
        return groups
    }

    /// `/a/b`, `/a` and the empty name of the mount point itself.
    private func groups(from group: String) -> [String] {
        let parts = group.split(separator: "/").map(String.init)
        guard !parts.contains("..") else { return [""] }
        return (0...parts.count).map { parts[..<$0].map { "/" + $0 }.joined() }
    }

    private func limit(_ folder: String, isUnified: Bool) -> Int? {
        let words =
            isUnified
            ? (text(folder + "/cpu.max") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
            : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map {
                (text("\(folder)/\($0)") ?? "").filter { !$0.isWhitespace }
            }
        // "max", or −1, is no limit.
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
            return nil
        }
        return max(1, quota / period + (quota % period > 0 ? 1 : 0))
    }
}
