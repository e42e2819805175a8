/// How far the transfer of one file is, as a line of text.
struct TransferLine: ProgressText, Equatable {
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

    /// The line for a log.
    var plain: String {
        let label = DisplayText.harmless(label)
        guard case .transferring(let count, let total, let rate, let secondsLeft) = state else {
            return "\(label): \(words)"
        }
        let left = secondsLeft.map { ", \(Formatting.seconds($0)) left" } ?? ""
        return "\(label): \(Self.amount(count, total))\(left), \(Formatting.bytes(Int(rate)))/s"
    }

    /// The line for a terminal.
    func drawn(labelWidth: Int, width: Int) -> String {
        guard case .transferring(let count, let total, let rate, let secondsLeft) = state else {
            return BarLine.start(label, labelWidth, words, width: width)
        }
        let numbers = [
            (Self.amount(count, total), 18), (Formatting.bytes(Int(rate)) + "/s", 9),
            (secondsLeft.map { Formatting.clock($0) + " left" } ?? "", 12),
        ]
        let share = total.map { $0 > 0 ? Double(count) / Double($0) : 0 }
        return BarLine(label: label, share: share, numbers: numbers).drawn(labelWidth: labelWidth, width: width)
    }

    private var words: String {
        state == .waiting
            ? "another process is fetching it, waiting" : "the server failed or asked to wait; trying again soon"
    }

    private static func amount(_ count: Int, _ total: Int?) -> String {
        Formatting.bytes(count) + (total.map { " of \(Formatting.bytes($0))" } ?? "")
    }
}
