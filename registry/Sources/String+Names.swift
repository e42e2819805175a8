extension String {
    /// Whether the text can be typed as a name of something in the registry.
    var isRegistryName: Bool {
        !isEmpty && self != "." && self != ".."
            && utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
                default: false
                }
            }
    }

    /// Whether the text names a file in whatever folder it is put, and no other folder.
    var isFileName: Bool {
        !isEmpty && self != "." && self != ".." && utf8.count <= 200
            && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The text in quotes for a message of one line: control characters are spelt out, and what is long is cut.
    var quoted: String {
        var text = "'"
        for scalar in unicodeScalars.prefix(200) {
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.isPatternWhitespace
            text += isControl && scalar != " " ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text + (unicodeScalars.dropFirst(200).isEmpty ? "'" : "…'")
    }
}
