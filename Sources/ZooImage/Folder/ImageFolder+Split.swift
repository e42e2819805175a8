internal import ZooCore

extension ImageFolder {
    /// Sets a part of every class aside for validation: the same part whenever the seed is the same.
    ///
    /// Each class of at least two images gives the rounded share, but at least one image, and keeps at least one; a
    /// class of one image keeps it. Both parts have the order of ``samples``. Of several tasks these are the classes'
    /// combinations; those of one image each are taken together, and an image that is the only one of a class is kept.
    ///
    /// - Parameters:
    ///   - validationFraction: the share of each class to set aside, above 0 and below 1.
    ///   - seed: chooses the images.
    /// - Precondition: `validationFraction` is between 0 and 1.
    /// - Complexity: O(*n*).
    public func split(validationFraction: Double, seed: UInt64) -> (train: ImageFolder, validation: ImageFolder) {
        precondition(validationFraction > 0 && validationFraction < 1, "a fraction lies between 0 and 1")
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, sample) in samples.enumerated() { members[sample.label].append(index) }
        if let tasks { Self.pool(&members, tasks) }
        var isValidation = [Bool](repeating: false, count: samples.count)
        for (label, indices) in members.enumerated() where indices.count > 1 {
            // A sequence of its own for each class: adding images to one leaves the others as they were.
            var generator = SeededGenerator(seed: seed, stream: UInt64(label))
            let share = Int((Double(indices.count) * validationFraction).rounded())
            let count = min(max(share, 1), indices.count - 1)
            for index in indices.shuffled(using: &generator).prefix(count) { isValidation[index] = true }
        }
        return (part { !isValidation[$0] }, part { isValidation[$0] })
    }

    /// Makes one group, the last, of the images whose combination no other image has; many labels make many such.
    private static func pool(_ members: inout [[Int]], _ tasks: LabelTasks) {
        let counts = tasks.counts(ofLabels: members.enumerated().flatMap { label, own in own.map { _ in label } })
        let ranges = tasks.tasks.outputRanges
        var pooled: [Int] = []
        for (label, own) in members.enumerated() where own.count == 1 {
            let isNeeded = zip(ranges, tasks.combinations[label]).contains { range, own in
                own.map { counts[range.lowerBound + $0] == 1 } ?? false
            }
            if isNeeded { continue }
            pooled += own
            members[label] = []
        }
        members.append(pooled)
    }

    /// The samples at the indices that `isMember` accepts, in the same order, with the same classes.
    func part(_ isMember: (Int) -> Bool) -> ImageFolder {
        let chosen = samples.indices.filter(isMember).map { samples[$0] }
        return ImageFolder(path: path, classes: classes, samples: chosen, ignored: [], tasks: tasks)
    }
}
