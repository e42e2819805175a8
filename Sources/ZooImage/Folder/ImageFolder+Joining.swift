public import SystemPackage

extension ImageFolder {
    /// The images of this folder and of another with the same classes, class by class.
    ///
    /// - Precondition: `other` has the same classes.
    /// - Complexity: O(*n* · classes).
    public func joined(with other: ImageFolder) -> ImageFolder {
        precondition(classes == other.classes && tasks == other.tasks, "the folders have different classes")
        let all = samples + other.samples
        return ImageFolder(
            path: path, classes: classes,
            samples: classes.indices.flatMap { label in all.filter { $0.label == label } },
            ignored: ignored + other.ignored, tasks: tasks)
    }

    /// The folder without some of its images.
    ///
    /// - Complexity: O(*n*).
    public func without(_ paths: Set<FilePath>) -> ImageFolder {
        part { !paths.contains(samples[$0].path) }
    }
}
