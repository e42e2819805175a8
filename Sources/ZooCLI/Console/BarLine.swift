/// What a line of progress says.
protocol ProgressText: Sendable {
    /// What is being done, for the first column.
    var label: String { get }
    /// The line for a log.
    var plain: String { get }

    /// The line for a terminal. Lines that are drawn with the same widths have their parts below each other.
    ///
    /// - Parameters:
    ///   - labelWidth: The columns of the label; a longer one loses its middle.
    ///   - width: The columns of the whole.
    func drawn(labelWidth: Int, width: Int) -> String
}

/// A label, a bar and numbers in one line of a terminal.
///
/// Where there is little room the bar shrinks first; then the last numbers go, one by one, then the bar.
struct BarLine {
    /// What is being done.
    let label: String
    /// How much of it is done; `nil` where nobody knows how much there is.
    let share: Double?
    /// The numbers behind the bar and the columns that each has at least, the most important first.
    let numbers: [(text: String, columns: Int)]

    private static let longestBar = 24
    private static let shortestBar = 6

    func drawn(labelWidth: Int, width: Int) -> String {
        let padded = numbers.map { DisplayText.padded($0.text, to: $0.columns, onTheLeft: true) }
        for shown in stride(from: padded.count, to: 0, by: -1) {
            var end = padded.prefix(shown).joined(separator: "  ")
            let room = min(width - labelWidth - 4 - DisplayText.width(end), Self.longestBar)
            guard room >= Self.shortestBar else { continue }
            while end.last == " " { end.removeLast() }
            return Self.start(label, labelWidth, bar(room) + " " + end, width: width)
        }
        return Self.start(label, labelWidth, padded.first ?? "", width: width)
    }

    /// The label, and `text` behind its column, in `width` columns at most.
    static func start(_ label: String, _ labelWidth: Int, _ text: String, width: Int) -> String {
        let label = DisplayText.shortened(DisplayText.harmless(label), to: labelWidth)
        return DisplayText.prefix(DisplayText.padded(label, to: labelWidth) + " " + text, columns: width)
    }

    /// The width of the label's column among lines of these labels, in a terminal of `width` columns.
    static func labelWidth(of labels: [String], width: Int) -> Int {
        let longest = labels.reduce(0) { max($0, DisplayText.width(DisplayText.harmless($1))) }
        return min(longest, max(width / 3, min(width, 12)))
    }

    /// `width` columns between brackets; as many blanks if the share is unknown.
    private func bar(_ width: Int) -> String {
        guard let share else { return String(repeating: " ", count: width + 2) }
        let filled = Int(min(max(share, 0), 1) * Double(width))
        return "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled) + "]"
    }
}
