/// The findings of `zoo doctor` for a person.
struct DoctorReport {
    let facts: BuildFacts
    let findings: [DoctorFinding]
    /// Only what is not as it should be is shown.
    let isQuiet: Bool

    func print(to console: Console) {
        for line in lines(width: console.resultWidth) { console.result(line) }
    }

    /// The report, in `width` columns where there is a limit.
    func lines(width: Int?, paint: (String, DoctorFinding.Status) -> String = Self.painted) -> [String] {
        var lines = isQuiet ? [] : ["\(BuildFacts.firstLine) (\(facts.configuration), Swift \(facts.swift))"]
        var area: String?
        for finding in findings where !isQuiet || finding.status != .ok {
            if finding.area != area { lines += (lines.isEmpty ? [] : [""]) + [finding.area] }
            area = finding.area
            let status = DisplayText.padded(finding.status.rawValue, to: 9)
            let text = DisplayText.wrapped(
                "\(DisplayText.harmless(finding.name)): \(DisplayText.harmless(finding.message))",
                to: width.map { max($0 - 11, 20) })
            lines.append("  " + paint(status, finding.status) + text[0])
            lines += text.dropFirst().map { String(repeating: " ", count: 13) + $0 }
            // What is to be typed is not broken.
            if let fix = finding.fix { lines.append(String(repeating: " ", count: 11) + "fix: " + fix) }
        }
        return lines + (isQuiet ? [] : ["", summary])
    }

    private var summary: String {
        let counts = DoctorFinding.Status.allCases.map { status in findings.count { $0.status == status } }
        guard counts[1] + counts[2] > 0 else { return "everything is as it should be" }
        return "\(Formatting.count(counts[2], "problem")), \(Formatting.count(counts[1], "warning"))"
    }

    static func painted(_ text: String, _ status: DoctorFinding.Status) -> String {
        switch status {
        case .ok: Console.paintResult(text, .good)
        case .warning: Console.paintResult(text, .doubtful)
        case .problem: Console.paintResult(text, .bad)
        }
    }
}
