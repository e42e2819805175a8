/// One line of `zoo doctor`.
struct DoctorFinding: Encodable, Equatable {
    /// How things stand.
    enum Status: String, Encodable, CaseIterable {
        /// As it should be.
        case ok
        /// zoo works, but not as well as it could.
        case warning
        /// Something that zoo does will fail.
        case problem
    }

    /// What part of the installation it is about, such as `cache`.
    let area: String
    /// What was looked at.
    let name: String
    let status: Status
    /// What was found; one line.
    let message: String
    /// What to type to mend it.
    let fix: String?
}

/// Collects the findings of one area.
struct DoctorFindings {
    private(set) var list: [DoctorFinding] = []
    private let area: String

    init(area: String) {
        self.area = area
    }

    mutating func ok(_ name: String, _ message: String) {
        list.append(DoctorFinding(area: area, name: name, status: .ok, message: message, fix: nil))
    }

    mutating func warning(_ name: String, _ message: String, fix: String? = nil) {
        list.append(DoctorFinding(area: area, name: name, status: .warning, message: message, fix: fix))
    }

    mutating func problem(_ name: String, _ message: String, fix: String? = nil) {
        list.append(DoctorFinding(area: area, name: name, status: .problem, message: message, fix: fix))
    }
}

extension String {
    /// The text as one word of a shell's command line.
    var shellWord: String {
        let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:@%+=,~"
        if !isEmpty, allSatisfy({ plain.contains($0) }) { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
