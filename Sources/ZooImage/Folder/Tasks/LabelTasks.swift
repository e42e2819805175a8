/// Several tasks, and how one number stands for an image's labels of all of them.
///
/// The label of an image is the number of its *combination*: a class of each task, or none where the image has no label for
/// it. So splits, folds, features and batches hand labels on as they do with one task, and only losses, metrics and reports
/// look into them.
public struct LabelTasks: Sendable, Hashable {
    /// The tasks, in the order of their outputs.
    public let tasks: [LabelTask]
    /// For each label the class of each task; `nil` where the image has no label for the task.
    public let combinations: [[Int?]]

    /// Tasks with the combinations that occur.
    ///
    /// - Precondition: each combination has one of the classes, or none, for each task.
    public init(_ tasks: [LabelTask], combinations: [[Int?]]) {
        for combination in combinations {
            precondition(combination.count == tasks.count, "\(combination.count) labels for \(tasks.count) tasks")
            for (task, label) in zip(tasks, combination) {
                precondition(
                    label.map { task.classes.indices.contains($0) } ?? true, "a label is not one of the classes")
            }
        }
        self.tasks = tasks
        self.combinations = combinations
    }

    /// The class that an image of label `label` has in task `task`; `nil` if it has none.
    ///
    /// - Precondition: there are such a label and such a task.
    public func label(_ label: Int, ofTask task: Int) -> Int? { combinations[label][task] }

    /// The names of the combinations: `species: ant, sex: female`; a task without a label is left out.
    public var combinationNames: [String] {
        combinations.map { combination in
            zip(tasks, combination).compactMap { task, label in label.map { "\(task.name): \(task.classes[$0])" } }
                .joined(separator: ", ")
        }
    }

    /// How many of some images have each class of each task, task by task, in the order of a network's outputs.
    ///
    /// - Complexity: O(images · tasks).
    public func counts(ofLabels labels: [Int]) -> [Int] {
        var counts = [Int](repeating: 0, count: tasks.outputCount)
        let ranges = tasks.outputRanges
        for label in labels {
            for (task, range) in ranges.enumerated() {
                if let own = combinations[label][task] { counts[range.lowerBound + own] += 1 }
            }
        }
        return counts
    }
}

extension ImageFolder {
    /// The names of the outputs of a network for these images: the classes, or those of all tasks.
    public var outputNames: [String] { tasks?.tasks.outputNames ?? classes }

    /// How many images there are for each output, in the order of ``outputNames``.
    ///
    /// - Complexity: O(*n*).
    public var outputCounts: [Int] { tasks.map { $0.counts(ofLabels: samples.map(\.label)) } ?? classCounts }
}
