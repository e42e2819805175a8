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
}
