/// The pieces that charts are drawn with.
enum SVG {
    /// A drawing with a coordinate system of its own, and what it shows for those who cannot see it.
    static func drawing(
        width: Double, height: Double, label: String, isFixed: Bool = false, @HTMLBuilder content: () -> [HTML]
    ) -> HTML {
        let box = "0 0 \(number(width)) \(number(height))"
        // A fixed drawing keeps its size and is scrolled; others take the width that there is.
        if isFixed {
            return HTML(
                "svg",
                [
                    "viewBox": box, "width": number(width), "height": number(height), "role": "img",
                    "aria-label": label,
                ], content: content)
        }
        return HTML("svg", ["viewBox": box, "role": "img", "aria-label": label, "class": "chart"], content: content)
    }

    static func text(
        _ text: String, _ x: Double, _ y: Double, anchor: String = "start", style: String = "", turned: Bool = false
    ) -> HTML {
        let place = turned ? ["transform": "translate(\(number(x)) \(number(y))) rotate(-90)"] : [:]
        let kind = style.isEmpty ? "" : style
        if let transform = place["transform"] {
            return HTML("text", ["transform": transform, "text-anchor": anchor, "class": kind]) { text }
        }
        return HTML("text", ["x": number(x), "y": number(y), "text-anchor": anchor, "class": kind]) { text }
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) -> HTML {
        HTML("line", ["x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2), "class": style])
    }

    static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, style: String, opacity: Double? = nil,
        title: String? = nil
    ) -> HTML {
        let content = title.map { text in [HTML("title") { text }] } ?? []
        let box = (number(x), number(y), number(max(width, 0)), number(max(height, 0)))
        guard let opacity else {
            return HTML("rect", ["x": box.0, "y": box.1, "width": box.2, "height": box.3, "class": style]) { content }
        }
        return HTML(
            "rect",
            [
                "x": box.0, "y": box.1, "width": box.2, "height": box.3, "class": style,
                "fill-opacity": fraction(opacity),
            ]
        ) { content }
    }

    static func path(_ data: String, style: String) -> HTML {
        HTML("path", ["d": data, "class": style])
    }

    /// A coordinate: a tenth of a pixel is fine enough.
    static func number(_ value: Double) -> String {
        NumberText.withoutTrailingZeros(ascii(value.isFinite ? value : 0, 1))
    }

    /// A share of 1.
    static func fraction(_ value: Double) -> String {
        NumberText.withoutTrailingZeros(ascii(value.isFinite ? value : 0, 3))
    }

    /// Decimals with the minus sign that SVG reads.
    private static func ascii(_ value: Double, _ digits: Int) -> String {
        let text = NumberText.fixed(abs(value), digits)
        return value < 0 && text.contains { $0 != "0" && $0 != "." } ? "-" + text : text
    }

    /// About how wide a text is in the charts' font of 11 pixels.
    static func width(of text: String) -> Double {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.value {
            case 0x20, 0x2c, 0x2e, 0x27, 0x3a, 0x69, 0x6a, 0x6c, 0xa0: sum + 3.8
            case 0x4d, 0x57, 0x6d, 0x77, 0x25: sum + 10.6
            case 0x41...0x5a: sum + 8
            case 0x2e80...0xd7a3, 0xf900...0xfaff, 0xff00...0xff60, 0x1f300...0x3fffd: sum + 11
            default: sum + 7
            }
        }
    }

    /// `text` no wider than so many pixels; what is too long loses its middle, since names differ at both ends.
    static func shortened(_ text: String, to limit: Double) -> String {
        guard width(of: text) > limit else { return text }
        var (head, tail) = (Substring(text), Substring(""))
        let characters = Array(text)
        var kept = characters.count
        while kept > 2, width(of: String(head) + "…" + String(tail)) > limit {
            kept -= 1
            head = Substring(String(characters.prefix((kept + 1) / 2)))
            tail = Substring(String(characters.suffix(kept / 2)))
        }
        return "\(head)…\(tail)"
    }
}
