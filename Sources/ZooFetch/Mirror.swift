internal import FoundationEssentials

/// A place that has the files of the registry side by side under their own names.
public struct Mirror: Sendable, Hashable {
    private let base: String
    private let query: String

    /// The mirror at `base`: an `http:`, `https:` or `file:` URL, or the absolute path of a folder.
    ///
    /// - Returns: `nil` for any other text.
    public init?(_ base: String) {
        let isPath = base.hasPrefix("/")
        let text = isPath ? "file://" + Self.encoded(base, keeping: "/") : base
        guard FetchURL(text) != nil else { return nil }
        let place = text.prefix { $0 != "?" && $0 != "#" }
        query = String(text[place.endIndex...].prefix { $0 != "#" })
        var trimmed = place
        while trimmed.hasSuffix("/"), !trimmed.hasSuffix("://") { trimmed.removeLast() }
        self.base = String(trimmed)
    }

    /// The URL of `fileName` there: `BASE/<file name>`, percent-encoded, before the query of the base if it has one.
    public func url(of fileName: String) -> String {
        base + "/" + Self.encoded(fileName, keeping: "") + query
    }

    /// The path of the folder, if it is one of this machine.
    public var folder: String? {
        guard isLocal, let path = URL(string: base + "/")?.path(percentEncoded: false) else { return nil }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Whether it is a folder of this machine.
    var isLocal: Bool { FetchURL(base + "/")?.needsNetwork == false }

    /// `text` with everything but letters, digits, `-._~` and `kept` percent-encoded (RFC 3986, 2.3).
    static func encoded(_ text: String, keeping kept: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8).union(kept.utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = text.utf8.flatMap { byte in
            plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
