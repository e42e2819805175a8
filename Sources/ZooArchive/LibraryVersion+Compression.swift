internal import CDeflate
internal import CZlib
public import ZooCore

extension LibraryVersion {
    /// zlib.
    public static var zlib: LibraryVersion {
        let version = unsafe zlibVersion().map { unsafe String(cString: $0) }
        return LibraryVersion("zlib", version: version ?? "unknown", fileName: "libz.so")
    }

    /// libdeflate. It does not tell its version at run time; this is the one that zoo was built with.
    public static var libdeflate: LibraryVersion {
        LibraryVersion("libdeflate", version: LIBDEFLATE_VERSION_STRING, fileName: "libdeflate.so")
    }
}
