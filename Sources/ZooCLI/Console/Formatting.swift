import ZooReport

/// Numbers as people read them at a terminal: those of the pages (``ZooReport/NumberText``) in plain characters, and a few
/// that only a terminal shows.
enum Formatting {
    /// A length in bytes with a decimal unit: `46.8 MB`.
    static func bytes(_ count: Int) -> String { plain(NumberText.bytes(count)) }

    /// `value` with exactly `digits` decimals.
    static func fixed(_ value: Double, _ digits: Int) -> String { plain(NumberText.fixed(value, digits)) }

    /// A whole number with commas: `46,830,571`.
    static func grouped(_ number: Int) -> String { plain(NumberText.grouped(number)) }

    /// A duration: `0.4 s`, `2 min 05 s`.
    static func seconds(_ seconds: Double) -> String { plain(NumberText.seconds(seconds)) }

    /// A share as a percentage: `80.4 %`.
    static func percent(_ share: Double) -> String { plain(NumberText.percent(share)) }

    /// `count` things: `1 image`, `3 images`.
    static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        plain(NumberText.count(count, singular, plural))
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

    /// The characters that can be typed and searched for: an ordinary space before the unit, a hyphen as the minus.
    private static func plain(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{a0}": plain.append(" ")
            case "−": plain.append("-")
            default: plain.append(scalar)
            }
        }
        return String(plain)
    }
}
