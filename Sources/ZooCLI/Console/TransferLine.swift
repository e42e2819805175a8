/// How far the transfer of one file is, as a line of text.
struct TransferLine: Sendable, Equatable {
    /// What is going on.
    enum State: Sendable, Equatable {
        /// Another process fetches the same file.
        case waiting
        /// The request is sent again soon.
        case pausing
        /// Bytes come. The length may be unknown, and so is then the time that is left.
        case transferring(byteCount: Int, totalByteCount: Int?, bytesPerSecond: Double, secondsLeft: Double?)
    }

    /// What is fetched.
    var label: String
    /// What is going on.
    var state: State

    private static let longestBar = 24
    private static let shortestBar = 6

    /// The line for a log.
    var plain: String {
        let label = DisplayText.harmless(label)
        guard case .transferring(let count, let total, let rate, let secondsLeft) = state else {
            return "\(label): \(words)"
        }
        let left = secondsLeft.map { ", \(Formatting.seconds($0)) left" } ?? ""
        return "\(label): \(Self.amount(count, total))\(left), \(Formatting.bytes(Int(rate)))/s"
    }

    /// The line for a terminal. Lines that are drawn with the same widths have their parts below each other.
    ///
    /// Where there is little room the bar shrinks first; then the time that is left goes, then the rate, then the bar.
    ///
    /// - Parameters:
    ///   - labelWidth: The columns of the label; a longer one loses its middle.
    ///   - width: The columns of the whole.
    func drawn(labelWidth: Int, width: Int) -> String {
        let label = DisplayText.shortened(DisplayText.harmless(label), to: labelWidth)
        let start = DisplayText.padded(label, to: labelWidth) + " "
        guard case .transferring(let count, let total, let rate, let secondsLeft) = state else {
            return DisplayText.prefix(start + words, columns: width)
        }
        let numbers = [
            (Self.amount(count, total), 18), (Formatting.bytes(Int(rate)) + "/s", 9),
            (secondsLeft.map { Formatting.clock($0) + " left" } ?? "", 12),
        ].map { DisplayText.padded($0, to: $1, onTheLeft: true) }
        for shown in [3, 2, 1] {
            var end = numbers.prefix(shown).joined(separator: "  ")
            let room = min(width - labelWidth - 4 - end.count, Self.longestBar)
            guard room >= Self.shortestBar else { continue }
            while end.last == " " { end.removeLast() }
            return DisplayText.prefix(start + Self.bar(count, total, room) + " " + end, columns: width)
        }
        return DisplayText.prefix(start + numbers[0], columns: width)
    }

    /// The width of the label's column among `lines`, in a terminal of `width` columns.
    static func labelWidth(of lines: some Sequence<TransferLine>, width: Int) -> Int {
        let longest = lines.reduce(0) { max($0, DisplayText.width(DisplayText.harmless($1.label))) }
        return min(longest, max(width / 3, min(width, 12)))
    }

    private var words: String {
        state == .waiting
            ? "another process is fetching it, waiting" : "the server failed or asked to wait; trying again soon"
    }

    private static func amount(_ count: Int, _ total: Int?) -> String {
        Formatting.bytes(count) + (total.map { " of \(Formatting.bytes($0))" } ?? "")
    }

    /// `width` columns between brackets; as many blanks if the length is unknown.
    private static func bar(_ count: Int, _ total: Int?, _ width: Int) -> String {
        guard let total, total > 0 else { return String(repeating: " ", count: width + 2) }
        let share = min(max(Double(count) / Double(total), 0), 1)
        let filled = Int(share * Double(width))
        return "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled) + "]"
    }
}
