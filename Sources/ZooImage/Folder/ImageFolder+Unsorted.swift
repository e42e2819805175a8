public import SystemPackage

extension ImageFolder {
    /// All images of a folder and everything below, without classes: every label is 0, which stands for nothing.
    ///
    /// - Throws: ``ImageError``: `.badFolder` if it is no folder or holds no images, `.unreadable`.
    /// - Complexity: O(*n* log *n*) in the number of files; no image is opened.
    public static func unsorted(_ path: FilePath) throws(ImageError) -> ImageFolder {
        _ = try list(path)
        let walk = try ClassWalk(path)
        guard !walk.images.isEmpty else {
            throw ImageError(
                .badFolder, path, "there are no images in it (they end in \(extensions.joined(separator: " ")))")
        }
        return ImageFolder(
            path: path, classes: [], samples: walk.images.map { ImageSample(path: $0, label: 0) },
            ignored: walk.ignored)
    }

    /// The parts of a data folder whose training images may lie in no class folders.
    ///
    /// - Returns: As ``open(_:)``; where the folder itself, or its `train` part, has images and no folders, those are
    ///   ``unsorted(_:)`` and have no classes.
    /// - Throws: As ``open(_:)`` and ``unsorted(_:)``.
    public static func openUnsorted(_ path: FilePath) throws(ImageError) -> ImageSplits {
        guard FolderListing.isFolder(path) else { return try open(path) }
        let folders = try list(path).folders.filter { !isHidden($0) }
        if folders.isEmpty { return ImageSplits(train: try unsorted(path), validation: nil) }
        let train = path.appending("train")
        let validationName = validationNames.first { folders.contains($0) }
        guard folders.contains("train"), validationName != nil || folders == ["train"],
            try list(train).folders.allSatisfy({ isHidden($0) })
        else { return try open(path) }
        let validation: ImageFolder?
        if let validationName {
            validation = try ImageFolder(classFoldersIn: path.appending(validationName))
        } else {
            validation = nil
        }
        return ImageSplits(train: try unsorted(train), validation: validation)
    }

    /// The same images with other labels.
    ///
    /// - Precondition: there is a label for each image, and each is one of the classes.
    /// - Complexity: O(*n*).
    public func labelled(_ labels: [Int], classes: [String]) -> ImageFolder {
        precondition(labels.count == samples.count, "a label for each image")
        precondition(labels.allSatisfy { classes.indices.contains($0) }, "a label is not one of the classes")
        return ImageFolder(
            path: path, classes: classes,
            samples: zip(samples, labels).map { ImageSample(path: $0.path, label: $1) }, ignored: ignored)
    }
}
