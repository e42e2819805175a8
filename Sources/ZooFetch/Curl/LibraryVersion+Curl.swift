internal import CCurl
public import ZooCore

extension LibraryVersion {
    /// libcurl, with the TLS library that it was built with.
    public static var libcurl: LibraryVersion {
        // curl_version_info(3): static data of the library.
        guard let facts = unsafe zoo_curl_version_info(), let text = unsafe facts.pointee.version else {
            return LibraryVersion("libcurl", version: "unknown", fileName: "libcurl.so")
        }
        let security = unsafe facts.pointee.ssl_version.map { unsafe " with \(String(cString: $0))" }
        return LibraryVersion(
            "libcurl", version: unsafe String(cString: text) + (security ?? ", without TLS"), fileName: "libcurl.so")
    }
}
