/// Numbers as a page shows them. Between a number and its unit the line does not break.
public enum NumberText {
    private static let space = "\u{a0}"

    /// `value` with exactly `digits` decimals; very large numbers as ``short(_:)`` gives them.
    public static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return scientific(value) }
        let whole = Int(scaled)
        let sign = value < 0 && whole != 0 ? "−" : ""
        guard digits > 0 else { return sign + "\(whole)" }
        let text = String(repeating: "0", count: max(0, digits + 1 - "\(whole)".count)) + "\(whole)"
        return "\(sign)\(text.dropLast(digits)).\(text.suffix(digits))"
    }

    /// A number with at most four digits that count: `0.01234`, `12.5`, `3 × 10⁻⁵`.
    public static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return fixed(value, 0) }
        let magnitude = abs(value)
        guard magnitude >= 1e-4, magnitude < 1e6 else { return scientific(value) }
        var digits = 3
        var limit = 1.0
        while magnitude >= 10 * limit, digits > 0 {
            digits -= 1
            limit *= 10
        }
        limit = 1
        while magnitude < limit, digits < 8 {
            digits += 1
            limit /= 10
        }
        return withoutTrailingZeros(fixed(value, digits))
    }

    /// Powers of ten as they are written by hand.
    private static func scientific(_ value: Double) -> String {
        var mantissa = abs(value)
        var exponent = 0
        while mantissa >= 10 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        // 9.996 would be shown as 10.
        if mantissa >= 9.995 { (mantissa, exponent) = (1, exponent + 1) }
        let digits = withoutTrailingZeros(fixed(mantissa, 2))
        let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let power = String("\(abs(exponent))".compactMap { $0.wholeNumberValue.map { superscripts[$0] } })
        let factor = digits == "1" ? "" : "\(digits)\(space)×\(space)"
        return "\(value < 0 ? "−" : "")\(factor)10\(exponent < 0 ? "⁻" : "")\(power)"
    }

    static func withoutTrailingZeros(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = Substring(text)
        while text.hasSuffix("0") { text = text.dropLast() }
        return String(text.hasSuffix(".") ? text.dropLast() : text)
    }

    /// A whole number with commas: `46,830,571`.
    public static func grouped(_ number: Int) -> String {
        var groups: [Substring] = []
        var rest = Substring("\(number.magnitude)")
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        groups.insert(rest, at: 0)
        return (number < 0 ? "−" : "") + groups.joined(separator: ",")
    }

    /// `count` things: `1 image`, `3 images`.
    public static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(count))\(space)\(count == 1 ? singular : plural ?? singular + "s")"
    }

    /// A share as a percentage: `80.4 %`.
    public static func percent(_ share: Double, _ digits: Int = 1) -> String {
        fixed(share * 100, digits) + "\(space)%"
    }

    /// A length in bytes with a decimal unit: `46.8 MB`.
    public static func bytes(_ count: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(count)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(count)\(space)B" : "\(fixed(value, value < 99.95 ? 1 : 0))\(space)\(units[unit])"
    }

    /// A duration: `0.4 s`, `2 min 05 s`, `3 h 10 min`.
    public static func seconds(_ seconds: Double) -> String {
        guard seconds >= 59.95 else { return fixed(seconds, seconds < 9.95 ? 1 : 0) + "\(space)s" }
        guard seconds < 1e9 else { return short(seconds) + "\(space)s" }
        let whole = Int(seconds.rounded())
        let rest = whole % 60
        if whole >= 3600 { return "\(whole / 3600)\(space)h \(whole % 3600 / 60)\(space)min" }
        return "\(whole / 60)\(space)min \(rest < 10 ? "0" : "")\(rest)\(space)s"
    }
}
