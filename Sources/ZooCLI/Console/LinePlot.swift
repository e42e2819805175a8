import Glibc

/// A curve drawn with characters, over a logarithmic axis.
struct LinePlot {
    private let points: [(x: Double, y: Double)]
    private let title: String
    private static let (columns, rows) = (60, 14)

    /// - Parameter points: by ascending `x`, which is above 0.
    init(_ points: [(x: Double, y: Double)], title: String) {
        self.points = points
        self.title = title
    }

    /// The lines of the plot.
    var text: String {
        guard let first = points.first, let last = points.last, last.x > first.x else { return title }
        let low = points.reduce(first.y) { min($0, $1.y) }
        // Where the loss explodes nothing is to be seen; the plot ends at twice the height at which it began.
        let high = max(min(points.reduce(first.y) { max($0, $1.y) }, low + 2 * (first.y - low)), low + 1e-9)
        var cells = Array(repeating: Array(repeating: Character(" "), count: Self.columns), count: Self.rows)
        for point in points where point.y <= high {
            let column = Int(log(point.x / first.x) / log(last.x / first.x) * Double(Self.columns - 1))
            let row = Int((high - point.y) / (high - low) * Double(Self.rows - 1))
            cells[row][column] = "•"
        }
        var lines = [title]
        for (row, line) in cells.enumerated() {
            let label = row == 0 ? Formatting.fixed(high, 3) : row == Self.rows - 1 ? Formatting.fixed(low, 3) : ""
            let padding = String(repeating: " ", count: max(0, 8 - label.count))
            lines.append(padding + label + " │" + String(line))
        }
        lines.append(String(repeating: " ", count: 9) + "└" + String(repeating: "─", count: Self.columns))
        lines.append(String(repeating: " ", count: 10) + ticks(first.x, last.x))
        return lines.joined(separator: "\n")
    }

    /// The powers of ten, each below its place.
    private func ticks(_ first: Double, _ last: Double) -> String {
        var line = Array(repeating: Character(" "), count: Self.columns + 6)
        for power in Int(
            log10(first).rounded(.up))...max(Int(log10(last).rounded(.down)), Int(log10(first).rounded(.up)))
        {
            let share = (Double(power) - log10(first)) / (log10(last) - log10(first))
            let column = Int(share * Double(Self.columns - 1))
            for (offset, character) in "1e\(power)".enumerated() where line.indices.contains(column + offset) {
                line[column + offset] = character
            }
        }
        return String(line)
    }
}
