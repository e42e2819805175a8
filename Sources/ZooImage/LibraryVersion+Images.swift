internal import CPNG
internal import FoundationEssentials
public import ZooCore

extension LibraryVersion {
    /// libpng.
    public static var libpng: LibraryVersion {
        let version = unsafe png_get_libpng_ver(nil).map { unsafe String(cString: $0) }
        return LibraryVersion("libpng", version: version ?? "unknown", fileName: "libpng16.so")
    }

    /// libjpeg-turbo. Its TurboJPEG interface does not tell its version before 3.0; the text of it is in the library.
    public static var libjpegTurbo: LibraryVersion {
        let unknown = LibraryVersion("libjpeg-turbo", version: "unknown", fileName: "libturbojpeg.so")
        let sign = Data("libjpeg-turbo version ".utf8)
        guard let path = unknown.path, let bytes = try? Data(contentsOf: URL(filePath: path)),
            let found = bytes.firstRange(of: sign)
        else { return unknown }
        let digits = bytes[found.upperBound...].prefix { $0 > 0x20 && $0 < 0x7f }.prefix(20)
        return LibraryVersion(
            unknown.name, version: String(decoding: digits, as: UTF8.self), fileName: unknown.fileName)
    }
}
