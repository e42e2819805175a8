import ZooImage

extension FineTuner {
    /// The features of one network, or those of several side by side, each source normalised by its training images.
    func joinedFeatures(
        _ train: [ImageSample], _ validation: [ImageSample], copies: Int, _ onProgress: (Progress) throws -> Void
    ) throws -> Features {
        guard !others.isEmpty else {
            return try computedFeatures(train, validation, copies: copies, onProgress)
        }
        let all = [network] + others
        var parts: [Features] = []
        for (number, source) in all.enumerated() {
            let tuner = FineTuner(source, options: options, running: running, store: store)
            parts.append(
                try tuner.computedFeatures(train, validation, copies: copies) { progress in
                    guard case .features(let done, let total) = progress else { return }
                    try onProgress(.features(done: number * total + done, total: all.count * total))
                })
        }
        return try Features(joining: parts)
    }
}

extension FineTuner.Features {
    /// The features of several sources, of the same images, side by side.
    ///
    /// - Throws: ``TrainingError`` (`unusableData`) if the sources could not read the same images.
    /// - Precondition: There is a source, and all have as many copies.
    init(joining parts: [FineTuner.Features]) throws {
        let first = parts[0]
        let isSame = parts.allSatisfy { part in
            part.validation.labels == first.validation.labels && part.copies.map(\.labels) == first.copies.map(\.labels)
        }
        guard isSame else {
            throw TrainingError(
                .unusableData, "the networks could not read the same images; mend or remove those that are broken")
        }
        let normalisations = parts.map { part in
            CodesNormalisation(FeatureSet(joining: part.copies).features)
        }
        let join = { (sets: [FeatureSet]) in
            FeatureSet(
                features: Matrix(sideBySide: zip(normalisations, sets).map { $0($1.features) }), labels: sets[0].labels)
        }
        self.init(
            copies: first.copies.indices.map { copy in join(parts.map { $0.copies[copy] }) },
            validation: join(parts.map(\.validation)), failures: first.failures,
            slowLayers: parts.flatMap(\.slowLayers), normalisations: normalisations,
            computedCount: parts.map(\.computedCount).max() ?? 0,
            storeFailure: parts.lazy.compactMap(\.storeFailure).first)
    }
}
