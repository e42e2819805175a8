/// Text as a terminal shows it, where some characters take two columns, some none, and some do what they like.
enum DisplayText {
    /// `text` without what moves the cursor, rings or turns the direction round: each such character is a `?`.
    static func harmless(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append("?")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// How many columns `text` takes.
    static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// `text` in `columns` columns at most; what is too long loses its middle, since names differ at both ends.
    static func shortened(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 1 else { return columns == 1 ? "…" : "" }
        let tail = String(prefix(String(text.reversed()), columns: (columns - 1) / 2).reversed())
        return prefix(text, columns: columns - 1 - width(tail)) + "…" + tail
    }

    /// The lines that `text` makes in `columns` columns, broken at spaces, and within a word that is longer than a line.
    ///
    /// - Returns: One line at least; one line if `columns` is `nil`.
    static func wrapped(_ text: String, to columns: Int?) -> [String] {
        guard let columns, width(text) > columns else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var word = String(word)
            if !line.isEmpty, width(line) + 1 + width(word) > columns {
                lines.append(line)
                line = ""
            }
            while width(word) > columns {
                let fitting = prefix(word, columns: columns)
                let piece = fitting.isEmpty ? String(word.prefix(1)) : fitting
                lines.append(piece)
                word.removeFirst(piece.count)
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// As many characters from the start of `text` as `columns` columns hold.
    static func prefix(_ text: String, columns: Int) -> String {
        var left = columns
        return String(
            text.prefix { character in
                left -= width(String(character))
                return left >= 0
            })
    }

    /// `text` with spaces behind it, or before it, up to `columns` columns.
    static func padded(_ text: String, to columns: Int, onTheLeft: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(columns - width(text), 0))
        return onTheLeft ? spaces + text : text + spaces
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // The wide and full-width ranges of Unicode's East Asian Width (UAX #11), without their small gaps.
        let isWide =
            switch scalar.value {
            case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
                0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
                true
            default: false
            }
        return isWide ? 2 : 1
    }
}
