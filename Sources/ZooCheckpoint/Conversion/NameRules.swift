import ZooCore

/// What becomes of the names of tensors: prefixes cut, parts replaced, some kept and others left out, in this order.
struct NameRules {
    private let prefixes: [String]
    private let renames: [(rule: RenameRule, apply: (String) throws(CheckpointError) -> String)]
    private let includes: [Glob]
    private let excludes: [Glob]

    init(_ options: ConversionOptions) throws(CheckpointError) {
        prefixes = options.strippedPrefixes
        var renames: [(rule: RenameRule, apply: (String) throws(CheckpointError) -> String)] = []
        for rule in options.renames { renames.append((rule, try rule.compiled())) }
        self.renames = renames
        includes = options.includes
        excludes = options.excludes
    }

    /// Whether there is no rule.
    var isEmpty: Bool { prefixes.isEmpty && renames.isEmpty && includes.isEmpty && excludes.isEmpty }

    /// The new name of each of `names`, `nil` for those left out, and a sentence for each rule that did nothing.
    ///
    /// - Throws: ``CheckpointError`` (`badRequest`) if two names become one.
    func apply(to names: [String]) throws(CheckpointError) -> (names: [String?], warnings: [String]) {
        var used: Set<String> = []
        var result: [String?] = []
        var origins: [String: String] = [:]
        for name in names {
            guard let new = try apply(to: name, &used) else {
                result.append(nil)
                continue
            }
            if let other = origins[new] {
                throw CheckpointError(.badRequest, "both '\(other)' and '\(name)' would be called '\(new)'")
            }
            origins[new] = name
            result.append(new)
        }
        return (result, ruleTexts.filter { !used.contains($0) }.map { "\($0) matched no name" })
    }

    private func apply(to name: String, _ used: inout Set<String>) throws(CheckpointError) -> String? {
        var name = name
        for prefix in prefixes where name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count {
            name = String(name.dropFirst(prefix.count))
            used.insert(Self.text("strip-prefix", prefix))
        }
        for (rule, replace) in renames {
            let new = try replace(name)
            if new != name { used.insert(Self.text(rule)) }
            name = new
        }
        if !includes.isEmpty {
            let matching = includes.filter { $0.matches(name) }
            for glob in matching { used.insert(Self.text("include", glob.pattern)) }
            if matching.isEmpty { return nil }
        }
        let matching = excludes.filter { $0.matches(name) }
        for glob in matching { used.insert(Self.text("exclude", glob.pattern)) }
        return matching.isEmpty ? name : nil
    }

    private var ruleTexts: [String] {
        prefixes.map { Self.text("strip-prefix", $0) } + renames.map { Self.text($0.rule) }
            + includes.map { Self.text("include", $0.pattern) } + excludes.map { Self.text("exclude", $0.pattern) }
    }

    private static func text(_ option: String, _ value: String) -> String { "--\(option) '\(value)'" }

    private static func text(_ rule: RenameRule) -> String {
        text("rename", "\(rule.pattern)=>\(rule.template)")
    }
}
