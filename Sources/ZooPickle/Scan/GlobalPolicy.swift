/// Says what an import means.
///
/// An allow list decides what is safe; the deny list only explains what is known to be dangerous. What is on neither is
/// unknown, never safe.
enum GlobalPolicy {
    struct Judgement: Sendable, Hashable {
        let verdict: PickleVerdict
        let reason: String
    }

    static func judge(_ global: PickleGlobal) -> Judgement {
        let module = trimmed(global.module)
        let full = renamedModules[module, default: module] + "." + trimmed(global.name)
        if let reason = DangerousGlobals.reason(for: full) ?? DangerousGlobals.reason(for: module + "." + global.name) {
            return Judgement(verdict: .dangerous, reason: reason)
        }
        if let internals = trimmed(global.name).split(separator: ".").first(where: isInternal) {
            return Judgement(verdict: .dangerous, reason: "'\(internals)' reaches into Python's internals")
        }
        // The exact spelling: whoever adds a space means something else.
        let exact = renamedModules[global.module, default: global.module] + "." + global.name
        if SafeGlobals.names.contains(exact) { return Judgement(verdict: .safe, reason: "") }
        return Judgement(
            verdict: .unknown,
            reason: "not what torch's safe loader allows; it runs the code of '\(module)', whatever that is")
    }

    private static func isInternal(_ part: Substring) -> Bool {
        part.hasPrefix("__") && part.hasSuffix("__") && part.count > 4
            && !["__newobj__", "__newobj_ex__"].contains(part)
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Python 2's modules under Python 3's names, as Python 3 and torch read them (_compat_pickle, `IMPORT_MAPPING`).
    private static let renamedModules = [
        "__builtin__": "builtins", "exceptions": "builtins", "copy_reg": "copyreg", "commands": "subprocess",
        "cPickle": "pickle", "_winreg": "winreg", "thread": "_thread", "httplib": "http.client",
        "urllib2":
            "urllib.request", "urlparse": "urllib.parse", "ConfigParser": "configparser", "Queue": "queue",
        "SocketServer": "socketserver", "cookielib": "http.cookiejar", "dbm": "dbm.ndbm", "UserDict": "collections",
        "UserList": "collections", "UserString": "collections", "whichdb": "dbm", "StringIO": "io", "cStringIO": "io",
    ]
}
