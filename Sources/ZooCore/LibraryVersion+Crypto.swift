internal import CCrypto

extension LibraryVersion {
    /// OpenSSL's libcrypto, which computes SHA-256.
    public static var libcrypto: LibraryVersion {
        // OpenSSL_version(3): a text that lives as long as the library.
        let version = unsafe OpenSSL_version(OPENSSL_VERSION_STRING).map { unsafe String(cString: $0) }
        return LibraryVersion("libcrypto (OpenSSL)", version: version ?? "unknown", fileName: "libcrypto.so")
    }
}
