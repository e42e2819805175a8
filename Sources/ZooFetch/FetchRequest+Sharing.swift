extension FetchRequest {
    /// The URL, if it can be written down for others to read: without user, password and query, which may be secrets.
    public var shareableURL: String? {
        FetchURL(url).flatMap { $0.display == url ? url : nil }
    }

    /// The URL for messages: user and password are left out, and the query, if there is one, is `?…`.
    public var displayURL: String { FetchURL(url)?.display ?? FetchURL.redacted(url) }
}
