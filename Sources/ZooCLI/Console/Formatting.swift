import FoundationEssentials

/// Numbers as people read them.
enum Formatting {
    /// A length in bytes with a decimal unit: `46.8 MB`.
    static func bytes(_ count: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(count)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(count) B" : "\(fixed(value, value < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// `value` with exactly `digits` decimals.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(whole) }
        let text = String(repeating: "0", count: max(0, digits + 1 - String(whole).count)) + String(whole)
        return "\(sign)\(text.dropLast(digits)).\(text.suffix(digits))"
    }

    /// A whole number with commas: `46,830,571`.
    static func grouped(_ number: Int) -> String {
        var groups: [Substring] = []
        var rest = Substring(String(abs(number)))
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        groups.insert(rest, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// A duration: `0.4 s`, `2 min 05 s`.
    static func seconds(_ seconds: Double) -> String {
        guard seconds >= 60 else { return fixed(seconds, seconds < 10 ? 1 : 0) + " s" }
        let whole = Int(seconds.rounded())
        let rest = whole % 60
        if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 60) min \(rest < 10 ? "0" : "")\(rest) s"
    }

    /// A duration as a clock shows it, in few columns: `0:07`, `12:05`, `1:30:00`.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e6).rounded())
        func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        let tail = twoDigits(whole % 60)
        guard whole >= 3600 else { return "\(whole / 60):\(tail)" }
        return "\(whole / 3600):\(twoDigits(whole / 60 % 60)):\(tail)"
    }

    /// How long ago something was, roughly: `3 min`, `5 h`, `12 d`.
    static func age(_ seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<60: "\(Int(max(0, seconds))) s"
        case ..<3600: "\(Int(seconds / 60)) min"
        case ..<(2 * 86_400): "\(Int(seconds / 3600)) h"
        default: "\(Int(min(seconds / 86_400, 1e6))) d"
        }
    }

    /// A share as a percentage: `80.4 %`.
    static func percent(_ share: Double) -> String {
        fixed(share * 100, 1) + " %"
    }

    /// `count` things: `1 image`, `3 images`.
    static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
    }
}
