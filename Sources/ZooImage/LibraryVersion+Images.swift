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
        guard let path = unknown.path, let data = try? Data(contentsOf: URL(filePath: path)) else { return unknown }
        // Data's own search takes 25 ms for half a megabyte.
        let (bytes, sign) = ([UInt8](data), Array("libjpeg-turbo version ".utf8))
        guard let start = bytes.indices.first(where: { bytes[$0] == sign[0] && bytes[$0...].starts(with: sign) }) else {
            return unknown
        }
        let digits = bytes[(start + sign.count)...].prefix { $0 > 0x20 && $0 < 0x7f }.prefix(20)
        return LibraryVersion(
            unknown.name, version: String(decoding: digits, as: UTF8.self), fileName: unknown.fileName)
    }
}
