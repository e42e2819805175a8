internal import COpenBLAS
public import ZooCore

extension LibraryVersion {
    /// OpenBLAS, which trains heads, with the kernels that it chose; it is loaded by this call. `nil` if it is not there.
    public static var openBLAS: LibraryVersion? {
        guard zoo_blas_is_available() else { return nil }
        // "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64"
        let words = unsafe zoo_blas_config().map { unsafe String(cString: $0) }?.split(separator: " ") ?? []
        let core = unsafe zoo_blas_core_name().map { unsafe ", kernels for \(String(cString: $0))" }
        return LibraryVersion(
            "OpenBLAS", version: (words.count > 1 ? String(words[1]) : "unknown") + (core ?? ""),
            fileName: "libopenblas")
    }
}
