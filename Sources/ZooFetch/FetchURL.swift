import ZooCore

/// The parts of a URL that a transfer depends on (RFC 3986); libcurl judges the rest.
struct FetchURL: Sendable, Hashable {
    enum Scheme: String {
        case http, https, file
    }

    let text: String
    let scheme: Scheme
    /// What follows `scheme://` up to the path, without user and password.
    private let host: Substring
    private let path: Substring
    private let query: Substring

    /// Reads an `http:`, `https:` or `file:` URL; `nil` for any other text.
    init?(_ text: String) {
        let visible = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        guard visible, let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased())
        else { return nil }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2)
        rest = rest.prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        guard scheme == .file || !host.isEmpty else { return nil }
        let target = rest[authority.endIndex...]
        self.text = text
        self.scheme = scheme
        self.host = host
        path = target.prefix { $0 != "?" }
        query = target[path.endIndex...]
    }

    /// Whether it leads off this machine.
    var needsNetwork: Bool { scheme != .file }

    /// Scheme, host and port: who is asked.
    var origin: String {
        let name = host.lowercased()
        let hasPort = name.drop { $0 != "]" }.contains(":") || !name.hasPrefix("[") && name.contains(":")
        return "\(scheme.rawValue)://\(name)" + (hasPort ? "" : scheme == .https ? ":443" : ":80")
    }

    /// The last part of the path, not decoded, as `os.path.basename(urlparse(url).path)` in torch.hub.
    var fileName: String {
        String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    }

    /// For messages: without user, password and query, which may hold secrets.
    var display: String {
        "\(scheme.rawValue)://\(host)\(path)" + (query.isEmpty ? "" : "?…")
    }

    /// `text`, which is no URL that can be used, without what may be secret in it.
    static func redacted(_ text: String) -> String {
        guard let separator = text.firstRange(of: "://") else { return text }
        let rest = text[separator.upperBound...]
        let place = rest.prefix { $0 != "?" && $0 != "#" }
        let shown = place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
        return text[..<separator.upperBound] + shown + (place.endIndex == rest.endIndex ? "" : "?…")
    }

    /// For the record beside a partial file: tells sources apart without giving secrets away.
    var identity: String {
        let digest = query.isEmpty ? "" : "?sha256=" + SHA256.digest(of: Array(query.utf8).rawSpan).hex
        return "\(scheme.rawValue)://\(host)\(path)\(digest)"
    }
}
