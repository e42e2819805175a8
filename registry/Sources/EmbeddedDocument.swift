internal import CRegistryData

/// A file of the folder `registry`, as the program carries it.
enum EmbeddedDocument {
    /// The bytes of the file at `path` below `registry`, or `nil` if it was not embedded; nothing is copied.
    @_lifetime(immortal)
    static func bytes(of path: String) -> RawSpan? {
        for index in 0..<zoo_registry_document_count() {
            let document = unsafe zoo_registry_document(index)
            guard let name = unsafe document.path, let bytes = unsafe document.bytes,
                unsafe String(cString: name) == path
            else { continue }
            let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: document.count)
            // The bytes are constants of the program: they outlive everything.
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: ())
        }
        return nil
    }

    /// Every path, in the order of the table.
    static var paths: [String] {
        (0..<zoo_registry_document_count()).compactMap { index in
            guard let name = unsafe zoo_registry_document(index).path else { return nil }
            return unsafe String(cString: name)
        }
    }
}
