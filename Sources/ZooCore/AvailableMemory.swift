internal import FoundationEssentials
internal import Glibc

/// How much memory this process could still take, for work that would rather refuse than be killed.
public enum AvailableMemory {
    /// The number of bytes that can be taken now: the least of what the machine has free (with its swap and without what
    /// it can drop), what the process's control group allows, and what its own limit (`ulimit -v`) leaves.
    ///
    /// - Returns: `nil` where nothing can be found out.
    public static var byteCount: Int? {
        [machine(text("/proc/meminfo")), controlGroup(), addressSpace()].compactMap { $0 }.min()
    }

    /// What `/proc/meminfo` says.
    static func machine(_ text: String?) -> Int? {
        guard let text, let free = field("MemAvailable:", of: text) else { return nil }
        return (free + (field("SwapFree:", of: text) ?? 0)) * 1024
    }

    /// What the control group (version 2) leaves; page cache of its own counts as free, since the kernel drops it.
    static func controlGroup(root: String = "/sys/fs/cgroup", membership: String? = text("/proc/self/cgroup")) -> Int? {
        guard let line = membership?.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return nil }
        var path = String(line.dropFirst(3))
        var least: Int?
        while true {
            let folder = path == "/" ? root : root + path
            if let limit = text(folder + "/memory.max").flatMap(number), let used = text(folder + "/memory.current") {
                let cached = text(folder + "/memory.stat").flatMap { field("inactive_file", of: $0) } ?? 0
                let left = max(0, limit - (number(used) ?? 0) + cached)
                least = min(least ?? left, left)
            }
            guard path != "/", !path.isEmpty, let slash = path.lastIndex(of: "/") else { return least }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }

    private static func addressSpace() -> Int? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt64(Int.max),
            let pages = text("/proc/self/statm")?.split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        return max(0, Int(limit.rlim_cur) - pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }

    private static func text(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func number(_ text: String) -> Int? {
        Int(text.split(whereSeparator: \.isWhitespace).first ?? "")
    }

    /// The number behind a name at the beginning of a line.
    private static func field(_ name: String, of text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
