import ZooCheckpoint
import ZooPickle

/// A scan in words.
struct ScanReport {
    private let scan: FileScan
    private let isQuiet: Bool

    /// - Parameter isQuiet: one line a file.
    init(_ scan: FileScan, isQuiet: Bool) {
        self.scan = scan
        self.isQuiet = isQuiet
    }

    func print(to console: Console) {
        let pickles = Formatting.count(scan.pickles.count, "pickle")
        console.result(
            "\(Console.paintResult(scan.verdict.rawValue, colour))  \(scan.path): \(Self.plain(scan.format)), \(pickles)"
        )
        if isQuiet { return }
        for pickle in scan.pickles { show(pickle, console) }
        for gap in scan.gaps.prefix(20) {
            console.result("  unjudged  \(Self.lead(gap.place))\(Self.plain(gap.reason))")
        }
        if scan.gaps.count > 20 { console.result("  … and \(scan.gaps.count - 20) more; --json has them all") }
    }

    private var colour: Console.Colour {
        switch scan.verdict {
        case .safe: .good
        case .unjudged, .unknown: .doubtful
        case .dangerous: .bad
        }
    }

    /// What is safe in one line, everything else in a line each.
    private func show(_ pickle: FileScan.Pickle, _ console: Console) {
        let findings = pickle.scan.findings
        let bad = findings.filter { $0.verdict != .safe }.sorted { $0.verdict > $1.verdict }
        let safe = findings.filter { $0.verdict == .safe && $0.kind == .import }.map(\.subject)
        let at = pickle.scan.offset == 0 ? "" : "byte \(pickle.scan.offset): "
        console.result(
            "  \(pickle.scan.verdict.rawValue)  \(Self.lead(pickle.place))\(at)"
                + (findings.isEmpty ? "imports nothing" : "")
                + (safe.isEmpty ? "" : "allowed: " + safe.joined(separator: ", ")))
        for finding in bad.prefix(50) {
            let times = finding.count > 1 ? " (\(finding.count) times)" : ""
            console.result(
                "    \(finding.verdict.rawValue)  byte \(finding.offsets[0]): \(finding.kind.rawValue) "
                    + Self.plain(finding.example ?? finding.subject) + times)
            console.result("      \(Self.plain(finding.reason))")
        }
        if bad.count > 50 { console.result("    … and \(bad.count - 50) more; --json has them all") }
    }

    /// The members that lead to a place.
    static func name(_ place: [String]) -> String {
        place.map(plain).joined(separator: ":")
    }

    private static func lead(_ place: [String]) -> String {
        place.isEmpty ? "" : name(place) + ": "
    }

    /// Text from a file, without what would steer a terminal.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{fffd}"
                    default: scalar
                    }
                }))
    }
}
