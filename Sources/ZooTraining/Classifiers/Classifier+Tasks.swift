import ZooImage

extension Classifier {
    /// Makes sure that all outputs answer one question.
    ///
    /// - Throws: ``TrainingError`` (`classMismatch`) for a classifier of several tasks.
    public func requireOneQuestion() throws(TrainingError) {
        guard let tasks else { return }
        throw TrainingError(
            .classMismatch,
            "\(path): it answers \(tasks.count) questions about an image (\(tasks.map(\.name).joined(separator: ", "))), and here "
                + "one is expected; 'zoo evaluate' with a list that has a column for each, and 'zoo predict', take it")
    }
}
