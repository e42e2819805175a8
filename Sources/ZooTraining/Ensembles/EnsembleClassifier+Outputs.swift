public import ZooImage

extension EnsembleClassifier {
    /// What one body gave for the images that it could read.
    private struct Pass {
        var outputs: NetworkRunner.Outputs
        /// For each view the logits of its output layers, in the order of the members that have them.
        var logits: [[Matrix]] = []
        /// For each view its features, where a head other than an output layer takes them.
        var features: [Matrix] = []
        /// The rows that every body has.
        var common: [Int] = []

        func gathered(_ rows: Matrix) -> Matrix {
            common.count == rows.rowCount ? rows : rows.gatheringRows(common)
        }
    }

    /// What the members say.
    ///
    /// - Parameters:
    ///   - views: how each image is looked at; of several views the probabilities are averaged.
    ///   - onProgress: called with the number of images that are done.
    /// - Throws: As ``Classifier/logits(of:running:view:onProgress:)`` does.
    /// - Precondition: there is a view.
    /// - Complexity: One pass of each body for each image and view.
    public func memberOutputs(
        of samples: [ImageSample], running: NetworkRunner.Options, views: [ImageView] = [.usual],
        onProgress: (Int) throws -> Void
    ) throws -> MemberOutputs {
        let count = sources.count * views.count
        var passes: [Pass] = []
        for number in sources.indices {
            passes.append(
                try pass(number, samples, running, views) { done, view in
                    try onProgress(((number * views.count + view) * samples.count + done) / count)
                })
        }
        let common = passes.dropFirst().reduce(Set(passes[0].outputs.sampleIndices)) {
            $0.intersection($1.outputs.sampleIndices)
        }
        for number in passes.indices {
            let indices = passes[number].outputs.sampleIndices
            passes[number].common = indices.indices.filter { common.contains(indices[$0]) }
        }
        let logits = members.indices.map { member in
            Matrix.meanOverViews(views.indices.map { answer(of: member, view: $0, passes) })
        }
        return MemberOutputs(logits: logits, outputs: Self.joined(passes.map(\.outputs), common))
    }

    /// The members whose answers are outputs of a body's own layer.
    private func layers(of source: Int) -> [Int] { members.indices.filter { members[$0].layer?.source == source } }

    private func pass(
        _ number: Int, _ samples: [ImageSample], _ running: NetworkRunner.Options, _ views: [ImageView],
        _ onProgress: (Int, Int) throws -> Void
    ) throws -> Pass {
        let heads = layers(of: number).compactMap { members[$0].layer?.head }
        let isRead = members.contains { $0.layer == nil && $0.inputs.contains { $0.source == number } }
        var result: Pass?
        for (position, view) in views.enumerated() {
            let found = try sources[number].logits(
                of: samples, heads: heads, givesFeatures: isRead, running: running, view: view
            ) { try onProgress($0, position) }
            var pass = result ?? Pass(outputs: found.outputs)
            pass.logits.append(found.logits)
            if isRead { pass.features.append(found.outputs.rows) }
            result = pass
        }
        guard let result else { preconditionFailure("there is no view") }
        return result
    }

    private func answer(of member: Int, view: Int, _ passes: [Pass]) -> Matrix {
        if let source = members[member].layer?.source, let place = layers(of: source).firstIndex(of: member) {
            return passes[source].gathered(passes[source].logits[view][place])
        }
        return members[member].logits(
            of: members[member].inputs.map { passes[$0.source].gathered(passes[$0.source].features[view]) })
    }

    /// The images that every body could read, and those that one could not.
    private static func joined(_ found: [NetworkRunner.Outputs], _ common: Set<Int>) -> NetworkRunner.Outputs {
        var failures: [Int: ImageFailure] = [:]
        for failure in found.flatMap(\.failures) where failures[failure.index] == nil {
            failures[failure.index] = failure
        }
        return NetworkRunner.Outputs(
            rows: Matrix(zeros: common.count, 0), sampleIndices: common.sorted(),
            failures: failures.values.sorted { $0.index < $1.index },
            slowLayers: Array(Set(found.flatMap(\.slowLayers))).sorted())
    }
}
