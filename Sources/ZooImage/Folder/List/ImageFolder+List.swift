public import SystemPackage
internal import ZooCore

extension ImageFolder {
    /// Reads a list of images with their classes: CSV, or a JSON object a line.
    ///
    /// ```
    /// path,label,split
    /// photos/1.jpg,ant,train
    /// "photos/2, from the side.jpg",bee,val
    /// ```
    ///
    /// The heading may be left out where the columns have this order; `split` may be left out. Keys of JSON objects
    /// have the same names. Paths are relative to the list's folder. Classes are the labels that occur, sorted by code
    /// points; samples have the order of the list. Every image of the list counts here, whatever its split says;
    /// ``open(_:)`` tells training and validation apart.
    ///
    /// - Throws: ``ImageError`` `.unreadable`; `.badFolder` with the number of the line: unknown columns, missing fields,
    ///   a path that stands on two lines, files that do not exist.
    /// - Complexity: O(*n* log *n*); no image is opened.
    public init(list path: FilePath) throws(ImageError) {
        let list = try ImageList(path)
        let classes = Self.classes(of: list.entries)
        self.init(list: list, entries: list.entries, classes: classes)
    }

    /// The two parts of a list, by its column `split`.
    ///
    /// - Throws: ``ImageError``, as ``init(list:)``; `.classesDiffer` if a class occurs in validation only.
    static func openList(_ path: FilePath) throws(ImageError) -> ImageSplits {
        let list = try ImageList(path)
        let training = list.entries.filter { $0.split == "train" }
        let names = Set(list.entries.map(\.split))
        guard let validationName = validationNames.first(where: { names.contains($0) }) else {
            let all = ImageFolder(list: list, entries: training, classes: classes(of: training))
            return ImageSplits(train: all, validation: nil)
        }
        guard !training.isEmpty else {
            throw ImageError(
                .badFolder, path, "no image of the list is for training; the column 'split' says '\(validationName)'")
        }
        let classes = classes(of: training)
        let validation = list.entries.filter { $0.split == validationName }
        if let stranger = validation.first(where: { !classes.contains($0.label) }) {
            throw ImageError(
                .classesDiffer, path,
                "line \(stranger.line): the class '\(stranger.label)' occurs in '\(validationName)' but not in 'train'; both "
                    + "need the same classes")
        }
        return ImageSplits(
            train: ImageFolder(list: list, entries: training, classes: classes),
            validation: ImageFolder(list: list, entries: validation, classes: classes))
    }

    private init(list: ImageList, entries: [ImageList.Entry], classes: [String]) {
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        let samples = entries.map { ImageSample(path: $0.path, label: labels[$0.label, default: 0]) }
        self.init(path: list.path, classes: classes, samples: samples, ignored: [])
    }

    private static func classes(of entries: [ImageList.Entry]) -> [String] {
        Set(entries.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
