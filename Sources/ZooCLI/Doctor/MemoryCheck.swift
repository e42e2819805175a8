/// Whether there is memory for networks.
struct MemoryCheck {
    /// What can be taken now; `nil` where nothing can be found out.
    let availableByteCount: Int?

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "memory")
        guard let count = availableByteCount else {
            found.ok("available", "unknown")
            return found.list
        }
        let text = "\(Formatting.bytes(count)) can be taken"
        switch count {
        case ..<200_000_000:
            found.problem("available", "\(text): too little for most networks; end other programs, or raise the limit")
        case ..<1_500_000_000:
            found.warning("available", "\(text): enough for small networks and batches (--batch-size)")
        default: found.ok("available", text)
        }
        return found.list
    }
}
