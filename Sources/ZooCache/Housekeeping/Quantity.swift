/// Lengths and durations as people write them: `1GB`, `1.5 GiB`, `30d`.
public enum Quantity {
    private static let byteUnits: [String: Double] = {
        var units: [String: Double] = ["": 1, "b": 1]
        for (power, letter) in ["k", "m", "g", "t"].enumerated() {
            var decimal = 1000.0
            var binary = 1024.0
            for _ in 0..<power {
                decimal *= 1000
                binary *= 1024
            }
            units[letter] = decimal
            units[letter + "b"] = decimal
            units[letter + "ib"] = binary
        }
        return units
    }()

    private static let timeUnits: [String: Double] = [
        "s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600,
    ]

    /// The number of bytes: a number with `B`, `kB`, `MB`, `GB` or `TB` (powers of 1000; the `B` may be left out) or
    /// `KiB`, `MiB`, `GiB` or `TiB` (powers of 1024), in either case; `nil` for anything else.
    public static func byteCount(_ text: String) -> Int? {
        guard let value = parse(text, byteUnits) else { return nil }
        return Int(exactly: value.rounded())
    }

    /// The number of seconds: a number with `s`, `min`, `h`, `d`, `w` (7 days) or `y` (365.25 days); `nil` for anything
    /// else. A unit is needed: a bare number would mean days to one person and seconds to another.
    public static func seconds(_ text: String) -> Double? {
        parse(text, timeUnits)
    }

    private static func parse(_ text: String, _ units: [String: Double]) -> Double? {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        // Double's own parser also takes "1e9" and "inf", which the digits rule out.
        guard let number = Double(digits), let factor = units[unit.lowercased()] else { return nil }
        let value = number * factor
        return value.isFinite ? value : nil
    }
}
