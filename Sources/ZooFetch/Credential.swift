/// A secret that one server asks for, and that no other gets to see: not when that server redirects, and not in any message.
public struct Credential: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The scheme, host and port of the server.
    let origin: String
    private let token: String

    /// A token (RFC 6750) for the server of `url`.
    ///
    /// - Returns: `nil` if `url` is no http or https URL, or `token` has other characters than a token may have.
    public init?(bearerToken token: String, for url: String) {
        guard let url = FetchURL(url), url.needsNetwork, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return nil }
        origin = url.origin
        self.token = token
    }

    /// The header line for the server.
    var headerLine: String { "Authorization: Bearer \(token)" }

    /// Says for whom it is, not what it is.
    public var description: String { "credential for \(origin)" }

    /// No secrets here either.
    public var customMirror: Swift.Mirror { Swift.Mirror(self, children: ["origin": origin]) }
}
