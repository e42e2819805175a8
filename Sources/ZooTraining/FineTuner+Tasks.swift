import ZooImage

extension FineTuner {
    /// Makes sure that there is something to tell apart, and with several tasks that each can be taught in this way.
    ///
    /// - Throws: ``TrainingError``: `unusableData` for fewer than two classes of a task, or a task that no image has a label
    ///   for; `invalidSetting` for weights of other tasks, and for what is made for one label an image.
    func requireTeachable(_ train: ImageFolder, _ validation: ImageFolder) throws(TrainingError) {
        guard let tasks = train.tasks else {
            if let stranger = options.settings.taskWeights.keys.sorted().first {
                throw TrainingError(
                    .invalidSetting, "there is a weight for the task '\(stranger)', and each image has one label only")
            }
            guard train.classes.count > 1 else {
                throw TrainingError(
                    .unusableData,
                    "\(train.path): there is only the class '\(train.classes.first ?? "")'; a classifier needs a folder "
                        + "for each of at least two classes")
            }
            return
        }
        try options.settings.requireWeights(of: tasks.tasks)
        try requireSuitableForTasks()
        try Self.requireLabels(tasks, train, validation)
    }

    private func requireSuitableForTasks() throws(TrainingError) {
        var obstacles: [(Bool, String)] = [
            (!others.isEmpty, "joined features of several networks give a head with one question; name one network"),
            (distillation != nil, "a teacher answers one question; train on the labels of the tasks without it"),
            (
                options.settings.mixing != BatchMixing(),
                "mixed images have no whole label of each task; leave out mixing"
            ),
        ]
        switch options.head {
        case .linear, .mlp: break
        case .cosine, .fitted:
            obstacles.append((true, "several tasks have a linear head, or one of two layers (mlp); take one of these"))
        }
        if case .reuse = options.headStart {
            obstacles.append(
                (true, "rows of a classifier with one question begin no head of several tasks; begin anew"))
        }
        if let obstacle = obstacles.first(where: \.0) {
            throw TrainingError(.invalidSetting, "several tasks: \(obstacle.1)")
        }
    }

    private static func requireLabels(
        _ tasks: LabelTasks, _ train: ImageFolder, _ validation: ImageFolder
    ) throws(TrainingError) {
        let counts = (train.outputCounts, validation.outputCounts)
        for (task, range) in zip(tasks.tasks, tasks.tasks.outputRanges) {
            guard task.classes.count > 1 else {
                let only = task.classes.first.map { "only the class '\($0)'" } ?? "no label"
                throw TrainingError(
                    .unusableData,
                    "\(train.path): the task '\(task.name)' has \(only); a task needs images of at least two classes, or "
                        + "leave it out of the tasks")
            }
            for (counts, part) in [(counts.0, "training"), (counts.1, "validation")]
            where counts[range].allSatisfy({ $0 == 0 }) {
                throw TrainingError(
                    .unusableData,
                    "\(train.path): no \(part) image has a label of the task '\(task.name)'; label some, or set aside "
                        + "another part for validation")
            }
        }
    }
}
