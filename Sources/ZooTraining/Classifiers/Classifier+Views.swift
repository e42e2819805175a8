public import ZooImage

extension Classifier {
    /// The outputs for images that are looked at in several ways: the logarithms of the mean probabilities of the views, of
    /// several tasks each task's for itself.
    /// Of one view they are the logits. The members of an ensemble are averaged over the views each for itself, before
    /// they vote, say.
    ///
    /// - Parameters:
    ///   - views: how each image is looked at.
    ///   - onProgress: called with the number of images that are done.
    /// - Throws: as ``logits(of:running:view:onProgress:)`` does.
    /// - Precondition: there is a view.
    /// - Complexity: one pass for each view.
    public func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, views: [ImageView],
        onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        if let ensemble = self as? EnsembleClassifier {
            return ensemble.combined(
                try ensemble.memberOutputs(of: samples, running: running, views: views, onProgress: onProgress))
        }
        var rows: [Matrix] = []
        var first: NetworkRunner.Outputs?
        for (number, view) in views.enumerated() {
            let outputs = try logits(of: samples, running: running, view: view) { done in
                try onProgress((number * samples.count + done) / views.count)
            }
            rows.append(outputs.rows)
            if first == nil { first = outputs }
        }
        let outputs = first ?? .none
        return NetworkRunner.Outputs(
            rows: rows.isEmpty ? outputs.rows : meanOverViews(rows), sampleIndices: outputs.sampleIndices,
            failures: outputs.failures, slowLayers: outputs.slowLayers)
    }

    private func meanOverViews(_ rows: [Matrix]) -> Matrix {
        guard let tasks, rows.count > 1 else { return Matrix.meanOverViews(rows) }
        return Matrix(
            sideBySide: tasks.outputRanges.map { range in Matrix.meanOverViews(rows.map { $0.columns(range) }) })
    }
}
