public import SystemPackage

/// What to train on and what to validate with.
public struct ImageSplits: Sendable, Hashable {
    /// The images to learn from.
    public let train: ImageFolder
    /// The images to judge by, if the folder separates them.
    public let validation: ImageFolder?
    /// What is worth a word about a list with several columns of labels.
    public var remarks = ListRemarks()

    /// Creates the pair.
    public init(train: ImageFolder, validation: ImageFolder?) {
        self.train = train
        self.validation = validation
    }
}

extension ImageFolder {
    /// What the folder of validation images may be called; the first that exists is taken.
    public static let validationNames = ["val", "valid", "validation", "test"]

    /// Reads a data folder: `train` and `val` (or `valid`, `validation`, `test`) with a folder a class in each, or the
    /// class folders themselves. A file is read as a list of images: see ``init(list:)``.
    ///
    /// The first layout is assumed if there is a `train` folder and a validation folder, or a `train` folder and no
    /// other; so a class may be called `train`.
    ///
    /// - Throws: ``ImageError``: as ``init(classFoldersIn:)`` or ``init(list:)``, and `.classesDiffer` if the two parts
    ///   have different classes.
    public static func open(_ path: FilePath) throws(ImageError) -> ImageSplits {
        if FolderListing.exists(path), !FolderListing.isFolder(path) { return try openList(path) }
        let folders = try list(path).folders.filter { !isHidden($0) }
        let validationName = validationNames.first { folders.contains($0) }
        guard folders.contains("train"), validationName != nil || folders == ["train"] else {
            if !folders.isEmpty, folders.allSatisfy({ validationNames.contains($0) }) {
                throw ImageError(
                    .badFolder, path,
                    "there is '\(folders[0])' but no 'train' folder in it; name \(path.appending(folders[0])) to use it alone"
                )
            }
            return ImageSplits(train: try ImageFolder(classFoldersIn: path), validation: nil)
        }
        let train = try ImageFolder(classFoldersIn: path.appending("train"))
        guard let validationName else { return ImageSplits(train: train, validation: nil) }
        let validation = try ImageFolder(classFoldersIn: path.appending(validationName))
        try requireSameClasses(train, validation)
        return ImageSplits(train: train, validation: validation)
    }

    private static func requireSameClasses(_ train: ImageFolder, _ validation: ImageFolder) throws(ImageError) {
        guard train.classes != validation.classes else { return }
        let differences = [
            description(of: Set(train.classes).subtracting(validation.classes), in: "train"),
            description(of: Set(validation.classes).subtracting(train.classes), in: name(of: validation)),
        ]
        throw ImageError(
            .classesDiffer, validation.path,
            "its classes differ from those of 'train': \(differences.compactMap { $0 }.joined(separator: "; ")); "
                + "both folders need the same class folders")
    }

    private static func name(of folder: ImageFolder) -> String {
        folder.path.lastComponent?.string ?? folder.path.string
    }

    private static func description(of classes: Set<String>, in folder: String) -> String? {
        guard !classes.isEmpty else { return nil }
        let shown = classes.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        let rest = classes.count > 3 ? " and \(classes.count - 3) more" : ""
        return "only '\(folder)' has \(shown)\(rest)"
    }
}
