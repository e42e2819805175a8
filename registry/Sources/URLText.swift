/// The parts of a URL that the registry needs, cut out of its text without decoding any of it.
struct URLText {
    /// In lower case, without the colon.
    let scheme: String
    /// From the host on (or from the path, where there is no host), without query and fragment.
    let path: String

    /// Cuts `text`; `nil` unless the scheme is `http`, `https` or `file` and the text has neither spaces nor controls.
    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return nil
        }
        scheme = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        path = String(rest.prefix { $0 != "?" && $0 != "#" })
        switch scheme {
        case "http", "https": guard path.hasPrefix("//"), !path.hasPrefix("///") else { return nil }
        case "file": break
        default: return nil
        }
    }

    /// The last part of the path, as torch.hub names downloads: `os.path.basename(urlparse(url).path)`.
    var fileName: String {
        let afterHost = path.hasPrefix("//") ? path.dropFirst(2).drop { $0 != "/" } : Substring(path)
        return String(afterHost.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
    }

    /// The path of a `file:` URL that does not begin with a slash.
    var relativeFilePath: String? {
        scheme == "file" && !path.hasPrefix("/") ? path : nil
    }
}
