/// A file of a repository of Hugging Face: `hf:ORG/REPO/FILE@REV`.
///
/// https://huggingface.co/docs/hub/api has no word on `resolve` URLs; what is relied on is what huggingface_hub does
/// (`file_download.py`, `get_hf_file_metadata`).
public struct HuggingFaceFile: Sendable, Hashable {
    /// Who keeps the repository.
    public let organisation: String
    /// The repository.
    public let repository: String
    /// The file in it, with its folders.
    public let path: String
    /// A branch, a tag, or a commit.
    public let revision: String

    /// What such an address begins with.
    public static let prefix = "hf:"
    private static let mainBranch = "main"
    private static let publicEndpoint = "https://huggingface.co"

    /// Reads `hf:ORG/REPO/FILE` or `hf:ORG/REPO/FILE@REV`; `nil` for any other text.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        var address = text.dropFirst(Self.prefix.count)
        var revision = Self.mainBranch
        if let at = address.lastIndex(of: "@") {
            revision = String(address[address.index(after: at)...])
            address = address[..<at]
        }
        let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        guard parts.count == 3, isPlain, !revision.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }),
            !parts[2].split(separator: "/", omittingEmptySubsequences: false).contains(where: {
                ["", ".", ".."].contains($0)
            })
        else { return nil }
        organisation = String(parts[0])
        repository = String(parts[1])
        path = String(parts[2])
        self.revision = revision
    }

    /// The name in a cache, where files of all repositories lie side by side: `ORG--REPO--FILE`, and
    /// `ORG--REPO@REV--FILE` for another revision than `main`; folders of the file are joined with `--` too.
    public var fileName: String {
        let place = revision == Self.mainBranch ? repository : "\(repository)@\(revision)"
        return "\(organisation)--\(place)--\(path)".split(separator: "/").joined(separator: "--")
    }

    /// Where it is.
    ///
    /// - Parameter environment: `HF_ENDPOINT` takes the place of huggingface.co.
    public func url(environment: [String: String]) -> String {
        let revision = Mirror.encoded(revision, keeping: "")
        let repository = Mirror.encoded("\(organisation)/\(self.repository)", keeping: "/")
        return "\(Self.endpoint(environment))/\(repository)/resolve/\(revision)/\(Mirror.encoded(path, keeping: "/"))"
    }

    private static func endpoint(_ environment: [String: String]) -> String {
        var endpoint = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? publicEndpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        return endpoint
    }

    /// The credential that `HF_TOKEN` is.
    static func credential(_ token: String, environment: [String: String]) throws(FetchError) -> Credential {
        let endpoint = endpoint(environment)
        guard FetchURL(endpoint)?.needsNetwork == true else {
            throw FetchError(.badRequest, "HF_ENDPOINT", "'\(FetchURL.redacted(endpoint))' is not an http or https URL")
        }
        guard let credential = Credential(bearerToken: token, for: endpoint) else {
            throw FetchError(.badRequest, "HF_TOKEN", "it has characters that no token has; set it again")
        }
        return credential
    }
}
