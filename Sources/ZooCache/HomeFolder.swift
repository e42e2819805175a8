import Glibc

/// Home folders, as Python's `os.path.expanduser` finds them.
enum HomeFolder {
    /// `path` with a leading `~` or `~user` replaced by that user's home folder; unchanged if there is none.
    static func expanding(_ path: String, environment: [String: String]) -> String {
        guard path.hasPrefix("~") else { return path }
        let user = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + user.count)
        let home = user.isEmpty ? environment["HOME"] ?? ofThisUser() : of(String(user))
        guard var home else { return path }
        while home.hasSuffix("/") { home.removeLast() }
        let result = home + rest
        return result.isEmpty ? "/" : result
    }

    private static func ofThisUser() -> String? {
        guard let entry = unsafe getpwuid(getuid()), let home = unsafe entry.pointee.pw_dir else { return nil }
        return unsafe String(cString: home)
    }

    private static func of(_ user: String) -> String? {
        guard let entry = unsafe getpwnam(user), let home = unsafe entry.pointee.pw_dir else { return nil }
        return unsafe String(cString: home)
    }
}
