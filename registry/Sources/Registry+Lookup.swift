internal import ZooCore

extension Registry {
    /// The entry that a person means by `name`; the case of letters does not count.
    ///
    /// | Spelling | Entry |
    /// | --- | --- |
    /// | `resnet50`, `resnet50:DEFAULT` | the default weights, as torchvision chooses them |
    /// | `resnet50:IMAGENET1K_V1` | those weights |
    /// | `ResNet50_Weights.IMAGENET1K_V1`, `ResNet50_Weights.DEFAULT` | the same, in torchvision's words |
    /// | `resnet50:ResNet50_Weights.IMAGENET1K_V1` | the same |
    /// | `shufflenetv2_x1.0` | an alias, with or without `:` and weights |
    /// | `resnet50-0676ba61.pth` | the entry of that file |
    ///
    /// - Throws: ``RegistryError`` of code `unknownModel`, with the nearest names, or `unknownWeights`, with the weights
    ///   that the model has.
    /// - Complexity: O(number of entries).
    public func entry(_ name: String) throws(RegistryError) -> ModelEntry {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let model = parts.first, let found = entry(model: model) else { throw unknownModel(parts.first ?? "") }
        guard parts.count == 2, let wanted = parts.last else { return found }
        let siblings = entries(named: found.name)
        let match = siblings.first { sibling in
            [sibling.weights, sibling.enumID].contains { wanted.isSame(as: $0) }
                || sibling.isDefault && (sibling.enumDefaults + ["DEFAULT"]).contains { wanted.isSame(as: $0) }
        }
        guard let match else { throw unknownWeights(wanted, of: siblings) }
        return match
    }

    /// All weights of the model `name`, in the order of their publication; empty if there is no such model.
    public func entries(named name: String) -> [ModelEntry] {
        entries.filter { name.isSame(as: $0.name) }
    }

    /// The entry whose file has this name in the cache.
    public func entry(fileName: String) -> ModelEntry? {
        entries.first { $0.fileName == fileName }
    }

    /// The entries that `pattern` fits, in the order of ``entries``; the case of letters does not count.
    ///
    /// A pattern with `*` (any text) or `?` (any one character) must fit the whole name, `resnet18`, or the whole
    /// ``ModelEntry/id``; any other fits wherever it occurs in the id, in torchvision's name, or in an alias.
    public func entries(matching pattern: String) -> [ModelEntry] {
        let wildcard = Wildcard(pattern)
        return entries.filter { entry in
            if wildcard.isPlain {
                return ([entry.id, entry.enumID ?? ""] + entry.aliases).contains { wildcard.occurs(in: $0) }
            }
            return wildcard.fits(entry.name) || wildcard.fits(entry.id)
        }
    }

    /// The entry that a spelling without `:` leads to.
    private func entry(model: String) -> ModelEntry? {
        entries.first { $0.isDefault && model.isSame(as: $0.name) }
            ?? entries.first { entry in
                model.isSame(as: entry.enumID) || model.isSame(as: entry.fileName)
                    || entry.aliases.contains { model.isSame(as: $0) }
            }
            ?? entries.first { entry in
                entry.isDefault && entry.enumDefaults.contains { model.isSame(as: $0) }
            }
    }

    private func unknownModel(_ name: String) -> RegistryError {
        // Names first: file names and torchvision's are only looked at if no name comes near.
        let names = entries.filter(\.isDefault).map(\.name)
        let others = entries.flatMap { $0.aliases + [$0.enumID, $0.fileName].compactMap { $0 } }
        var nearest = Suggestion.nearest(to: name, among: names)
        if nearest.isEmpty { nearest = Suggestion.nearest(to: name, among: others) }
        let question = Suggestion.question(nearest).map { $0 + " " } ?? ""
        return RegistryError(.unknownModel, "unknown model \(name.quoted). \(question)'zoo list' shows all.")
    }

    private func unknownWeights(_ wanted: String, of siblings: [ModelEntry]) -> RegistryError {
        let names = siblings.map { $0.isDefault ? "\($0.weights) (the default)" : $0.weights }
        let all =
            names.count < 2 ? names.joined() : "\(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
        return RegistryError(
            .unknownWeights, "model '\(siblings.first?.name ?? "")' has no weights \(wanted.quoted). It has \(all).")
    }
}

extension ModelEntry {
    /// What means the default weights in torchvision's words.
    fileprivate var enumDefaults: [String] {
        enumName.map { ["\($0).DEFAULT", $0] } ?? []
    }
}

extension String {
    /// Whether two names differ in case at most.
    fileprivate func isSame(as other: String?) -> Bool {
        guard let other, utf8.count == other.utf8.count else { return false }
        return lowercased() == other.lowercased()
    }
}
