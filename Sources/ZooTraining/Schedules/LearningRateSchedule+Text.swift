extension LearningRateSchedule: LosslessStringConvertible {
    /// The names, each with the keys of its values in their order.
    static let forms: [(name: String, keys: [String])] = [
        ("constant", []), ("step", ["size", "gamma"]), ("multistep", ["milestones", "gamma"]),
        ("exponential", ["gamma"]), ("cosine", ["epochs", "min"]), ("linear", ["epochs", "start", "end"]),
        ("polynomial", ["epochs", "power"]), ("one-cycle", ["pct", "div", "final-div", "anneal", "momentum"]),
        ("plateau", ["factor", "patience", "threshold", "mode", "cooldown", "min", "metric"]),
    ]

    /// The schedule that a text names; `nil` if it is not one. See ``init(parsing:)``.
    public init?(_ description: String) {
        do { try self.init(parsing: description) } catch { return nil }
    }

    /// The schedule that a text names.
    ///
    /// `constant`, `step=30/0.1` (size, gamma), `multistep=10,20/0.1`, `exponential=0.95`, `cosine`, `cosine=50/1e-5`
    /// (epochs, min), `linear=10/1/0.1` (epochs, start, end), `polynomial=50/2` (epochs, power), `one-cycle=0.3/25/1e4`
    /// (pct, div, final-div, `anneal:linear`, `momentum:0.85-0.95`), `plateau=0.1/5` (factor, patience, threshold,
    /// `mode:abs`, cooldown, min, `metric:accuracy`). Values may have their keys: `plateau=patience:5/min:1e-6`.
    ///
    /// - Throws: ``TrainingError`` (`invalidSetting`) saying what was found and expected, and the nearest name.
    public init(parsing text: String) throws(TrainingError) {
        let setting = try SettingText(text, of: "schedule", keys: Self.forms)
        switch setting.name {
        case "step":
            guard let size = try setting.integer("size", atLeast: 1) else {
                throw setting.error("it needs a size in epochs, as in 'step=30/0.1'")
            }
            self = .step(size: size, gamma: try setting.gamma() ?? 0.1)
        case "multistep":
            self = .multistep(milestones: try setting.milestones(), gamma: try setting.gamma() ?? 0.1)
        case "exponential":
            guard let gamma = try setting.gamma() else {
                throw setting.error("it needs a factor for each epoch, as in 'exponential=0.95'")
            }
            self = .exponential(gamma: gamma)
        case "cosine":
            self = .cosine(epochs: try setting.integer("epochs", atLeast: 1), minimum: try setting.rate("min") ?? 0)
        case "linear":
            self = .linear(
                start: try setting.number("start", "a number above 0, at most 1") { $0 > 0 && $0 <= 1 } ?? 1,
                end: try setting.number("end", "a number of 0 to 1") { (0...1).contains($0) } ?? 0,
                epochs: try setting.integer("epochs", atLeast: 1))
        case "polynomial":
            self = .polynomial(
                power: try setting.number("power", "a number above 0") { $0 > 0 } ?? 1,
                epochs: try setting.integer("epochs", atLeast: 1))
        case "one-cycle": self = .oneCycle(try setting.oneCycle())
        case "plateau": self = .plateau(try setting.plateau())
        default: self = .constant
        }
    }

    /// The text that names the schedule; it gives the same schedule again.
    public var description: String {
        switch self {
        case .constant: "constant"
        case .step(let size, let gamma): "step=\(size)/\(gamma)"
        case .multistep(let milestones, let gamma):
            "multistep=\(milestones.map(String.init).joined(separator: ","))/\(gamma)"
        case .exponential(let gamma): "exponential=\(gamma)"
        case .cosine(let epochs, let minimum):
            Self.text("cosine", [("epochs", epochs.map { "\($0)" }), ("min", minimum == 0 ? nil : "\(minimum)")])
        case .linear(let start, let end, let epochs):
            Self.text(
                "linear",
                [
                    ("epochs", epochs.map { "\($0)" }), ("start", start == 1 ? nil : "\(start)"),
                    ("end", end == 0 ? nil : "\(end)"),
                ])
        case .polynomial(let power, let epochs):
            Self.text("polynomial", [("epochs", epochs.map { "\($0)" }), ("power", power == 1 ? nil : "\(power)")])
        case .oneCycle(let cycle): Self.text("one-cycle", cycle.changes)
        case .plateau(let plateau): Self.text("plateau", plateau.changes)
        }
    }

    /// A name with what differs from the defaults.
    private static func text(_ name: String, _ values: [(key: String, text: String?)]) -> String {
        let given = values.compactMap { value in value.text.map { "\(value.key):\($0)" } }
        return given.isEmpty ? name : "\(name)=\(given.joined(separator: "/"))"
    }
}

extension OneCycle {
    /// What differs from the defaults, as text.
    fileprivate var changes: [(key: String, text: String?)] {
        let usual = OneCycle()
        return [
            ("pct", risingShare == usual.risingShare ? nil : "\(risingShare)"),
            ("div", divisor == usual.divisor ? nil : "\(divisor)"),
            ("final-div", finalDivisor == usual.finalDivisor ? nil : "\(finalDivisor)"),
            ("anneal", annealing == usual.annealing ? nil : annealing.rawValue),
            ("momentum", momentum.map { "\($0.lowerBound)-\($0.upperBound)" }),
        ]
    }
}

extension Plateau {
    /// What differs from the defaults, as text.
    fileprivate var changes: [(key: String, text: String?)] {
        let usual = Plateau()
        return [
            ("factor", factor == usual.factor ? nil : "\(factor)"),
            ("patience", patience == usual.patience ? nil : "\(patience)"),
            ("threshold", threshold == usual.threshold ? nil : "\(threshold)"),
            ("mode", thresholdIsAbsolute ? "abs" : nil),
            ("cooldown", cooldown == usual.cooldown ? nil : "\(cooldown)"),
            ("min", minimum == usual.minimum ? nil : "\(minimum)"),
            ("metric", metric == usual.metric ? nil : metric.rawValue),
        ]
    }
}

/// PyTorch's `threshold_mode`.
private enum ThresholdMode: String, CaseIterable {
    case rel, abs
}

extension SettingText {
    fileprivate func gamma() throws(TrainingError) -> Double? {
        try number("gamma", "a factor above 0") { $0 > 0 }
    }

    fileprivate func rate(_ key: String) throws(TrainingError) -> Double? {
        try number(key, "a number of at least 0") { $0 >= 0 }
    }

    fileprivate func milestones() throws(TrainingError) -> [Int] {
        let words = text("milestones")?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        let milestones = words.compactMap { Int($0) }
        guard !words.isEmpty, milestones.count == words.count, milestones.allSatisfy({ $0 > 0 }),
            milestones == milestones.sorted()
        else {
            throw error(
                "milestones are '\(text("milestones") ?? "")', expected are growing epochs, as in 'multistep=10,20'")
        }
        return milestones
    }

    fileprivate func oneCycle() throws(TrainingError) -> OneCycle {
        var cycle = OneCycle()
        if let share = try number("pct", "a share of 0 to 1", { (0...1).contains($0) }) { cycle.risingShare = share }
        if let divisor = try number("div", "a number above 0", { $0 > 0 }) { cycle.divisor = divisor }
        if let divisor = try number("final-div", "a number above 0", { $0 > 0 }) { cycle.finalDivisor = divisor }
        if let annealing: OneCycle.Annealing = try word("anneal") { cycle.annealing = annealing }
        if let text = text("momentum") {
            let bounds = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Double($0) }
            guard bounds.count == 2, 0 <= bounds[0], bounds[0] <= bounds[1], bounds[1] < 1 else {
                throw error(
                    "momentum is '\(text)', expected are the lowest and the highest, as in 'momentum:0.85-0.95'")
            }
            cycle.momentum = bounds[0]...bounds[1]
        }
        return cycle
    }

    fileprivate func plateau() throws(TrainingError) -> Plateau {
        var plateau = Plateau()
        if let factor = try number("factor", "a factor of at least 0, below 1", { (0..<1).contains($0) }) {
            plateau.factor = factor
        }
        if let patience = try integer("patience", atLeast: 0) { plateau.patience = patience }
        if let threshold = try rate("threshold") { plateau.threshold = threshold }
        if let mode: ThresholdMode = try word("mode") { plateau.thresholdIsAbsolute = mode == .abs }
        if let cooldown = try integer("cooldown", atLeast: 0) { plateau.cooldown = cooldown }
        if let minimum = try rate("min") { plateau.minimum = minimum }
        if let metric: Plateau.Metric = try word("metric") { plateau.metric = metric }
        return plateau
    }
}
