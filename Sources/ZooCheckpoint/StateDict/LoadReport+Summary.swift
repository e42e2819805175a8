extension LoadReport {
    /// The report in one line: how many names of each kind, with the first of them.
    ///
    /// ``description`` lists every name, in PyTorch's words.
    public var summary: String {
        var parts: [String] = []
        if let first = missing.first {
            parts.append("\(missing.count) missing (\(first.name)\(missing.count > 1 ? ", …" : ""))")
        }
        if let first = unexpected.first {
            parts.append("\(unexpected.count) unexpected (\(first.name)\(unexpected.count > 1 ? ", …" : ""))")
        }
        if let first = mismatched.first {
            parts.append(
                "\(mismatched.count) of another shape (\(first.name) is \(first.found), the network's is "
                    + "\(first.expected)\(mismatched.count > 1 ? ", …" : ""))")
        }
        return parts.isEmpty ? "all names and shapes agree" : parts.joined(separator: ", ")
    }

    /// The report line by line: every tensor that is missing, unexpected or of another shape, with the name on the other
    /// side that is most like it.
    ///
    /// - Parameter limit: Of each kind at most so many are listed, and how many more there are.
    /// - Complexity: O(names).
    public func lines(limit: Int) -> [String] {
        func listed<Part>(_ parts: [Part], _ line: (Part) -> String) -> [String] {
            let rest = parts.count - limit
            return parts.prefix(limit).map { "  " + line($0) } + (rest > 0 ? ["  … and \(rest) more"] : [])
        }
        func near(_ name: String?, _ place: String) -> String {
            name.map { "; '\($0)' \(place) is most like it" } ?? ""
        }
        return listed(missing) { "missing: \($0.name), \($0.shape)\(near($0.nearest, "in the file"))" }
            + listed(unexpected) { "unexpected: \($0.name), \($0.shape)\(near($0.nearest, "of the network"))" }
            + listed(mismatched) { "another shape: \($0.name) is \($0.found), the network's is \($0.expected)" }
    }
}
