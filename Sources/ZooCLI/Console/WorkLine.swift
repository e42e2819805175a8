/// How far a piece of work is that consists of things which are counted, as a line of text.
struct WorkLine: ProgressText, Equatable {
    /// What is being done.
    let label: String
    /// How many are done.
    let done: Int
    /// How many there are.
    let total: Int
    /// What they are called, in the plural.
    let unit: String
    /// How fast it goes; `nil` before that can be told.
    let perSecond: Double?
    /// What came of it so far, if there is something to say.
    var note: String?

    /// The line for a log.
    var plain: String {
        let rate = perSecond.map { ", \(Self.number($0)) \(unit)/s" } ?? ""
        let left = secondsLeft.map { ", \(Formatting.seconds($0)) left" } ?? ""
        return "\(DisplayText.harmless(label)): \(amount)\(rate)\(left)\(note.map { ", \($0)" } ?? "")"
    }

    /// The line for a terminal.
    func drawn(labelWidth: Int, width: Int) -> String {
        BarLine(
            label: label, share: total > 0 ? Double(done) / Double(total) : 0,
            numbers: [(amount, 0)] + (note.map { [($0, 0)] } ?? []) + [
                (perSecond.map { Self.number($0) + "/s" } ?? "", 9),
                (secondsLeft.map { Formatting.clock($0) + " left" } ?? "", 12),
            ]
        ).drawn(labelWidth: labelWidth, width: width)
    }

    private var amount: String {
        let total = Formatting.grouped(total)
        let done = Formatting.grouped(done)
        return String(repeating: " ", count: max(0, total.count - done.count)) + "\(done) of \(total) \(unit)"
    }

    private var secondsLeft: Double? {
        guard let perSecond, perSecond > 0 else { return nil }
        return Double(max(total - done, 0)) / perSecond
    }

    private static func number(_ value: Double) -> String {
        value < 99.95 ? Formatting.fixed(value, 1) : Formatting.grouped(Int(min(value, 1e12)))
    }
}
