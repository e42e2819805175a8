import ArgumentParser
import ZooImage
import ZooTraining

extension FinetuneCommand {
    /// - Throws: `ValidationError` for options that several tasks have no use for.
    func validateTasks() throws {
        guard tasks.tasks != nil else { return }
        let checks: [(Bool, String)] = [
            (features.isEmpty, "--features have one label an image; leave out --tasks, or --features"),
            (sourceNames.count == 1, "--tasks: a network with several heads is one network; name one with --model"),
            (
                head.head == .linear || head.head == .mlp,
                "--head \(head.head.rawValue) answers one question; --tasks has linear heads, or --head mlp"
            ),
            (!layers.reuseClassifier, "--reuse-classifier begins a head with one question; leave it out with --tasks"),
            (
                loss.mixup == nil && loss.cutmix == nil,
                "--mixup and --cutmix mix one label an image; leave them out with --tasks"
            ),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// For commands that train on one label an image with the options of 'zoo finetune'.
    ///
    /// - Throws: ``UsageError``.
    func refuseTasks(in command: String) throws {
        guard tasks.tasks != nil else { return }
        throw UsageError("'\(command)' has no --tasks: it trains on one label an image")
    }

    /// The settings of several tasks; none for one label an image.
    var taskSettings: [(String, String)] {
        guard tasks.tasks != nil else { return [] }
        let weights = tasks.names.map { "\($0)=\(tasks.weights[$0] ?? 1)" }.joined(separator: ",")
        return [("tasks", tasks.names.joined(separator: ",")), ("task-weights", weights)]
    }
}

extension FinetuneWork {
    /// What the heads of several tasks are going to tell apart, for a person.
    static func summary(_ tasks: LabelTasks, _ splits: DataArgument.Splits) -> String {
        let (train, validation) = (splits.train.outputCounts, splits.validation.outputCounts)
        return zip(tasks.tasks, tasks.tasks.outputRanges).map { task, range in
            let labels = (train[range].reduce(0, +), validation[range].reduce(0, +))
            return
                "  \(task.name): \(Formatting.count(task.classes.count, "class", "classes")), labels of \(labels.0) and "
                + "\(Formatting.count(labels.1, "image")): " + task.classes.prefix(8).joined(separator: ", ")
                + (task.classes.count > 8 ? ", …" : "")
        }.joined(separator: "\n")
    }
}
