public import SystemPackage
internal import ZooCore

extension ImageFolder {
    /// Reads a list of images with a column of labels for each of several tasks: CSV with a heading, or a JSON object a line.
    ///
    /// ```
    /// path,species,sex,split
    /// photos/1.jpg,ant,,train
    /// photos/2.jpg,bee,female,val
    /// ```
    ///
    /// An empty cell (a missing key, `null`) is a missing label: the image teaches and judges the other tasks only. One
    /// without any label is left out, and other columns are not read; ``ImageSplits/remarks`` names both. The classes of a
    /// task are those of the training images, sorted by code points. The two parts of the result number combinations alike.
    ///
    /// - Parameters:
    ///   - names: the columns, in the order of the tasks; the case of letters matters only between columns that differ by
    ///     nothing else.
    ///   - mayLackTasks: whether some of the columns may be missing, though not all: to judge a network by what there is.
    /// - Throws: ``ImageError``: `.badFolder` for a folder, which gives an image one label only, for names that cannot be
    ///   columns of labels, for a column that is not there, and as ``init(list:)``; `.classesDiffer` if a class occurs in
    ///   validation only.
    /// - Complexity: O(*n* log *n*); no image is opened.
    public static func open(
        _ path: FilePath, tasks names: [String], mayLackTasks: Bool = false
    ) throws(ImageError) -> ImageSplits {
        if FolderListing.isFolder(path) {
            throw ImageError(
                .badFolder, path,
                "a folder gives each image one label; for the tasks \(names.joined(separator: ", ")) write a list "
                    + "(path,\(names.joined(separator: ",")))")
        }
        try requirePossible(names, path)
        let list = try ImageList(path, .tasks(names, mayLackTasks: mayLackTasks))
        var remarks = ListRemarks()
        remarks.unusedColumns = list.unusedColumns
        remarks.absentTasks = list.absentTasks
        remarks.unlabelledLines = list.entries.filter { $0.labels.allSatisfy { $0 == nil } }.map(\.line)
        let columns = names.indices.filter { !list.absentTasks.contains(names[$0]) }
        let entries = list.entries.filter { $0.labels.contains { $0 != nil } }
        guard !entries.isEmpty else {
            throw ImageError(
                .badFolder, path, "no image of the list has a label for \(names.joined(separator: " or "))")
        }
        var splits = try Self.splits(list, entries, names, columns)
        splits.remarks = remarks
        return splits
    }

    /// - Parameter columns: which of the tasks the list has.
    private static func splits(
        _ list: ImageList, _ entries: [ImageList.Entry], _ names: [String], _ columns: [Int]
    ) throws(ImageError) -> ImageSplits {
        let found = Set(entries.map(\.split))
        let validationName = validationNames.first { found.contains($0) }
        let training = entries.filter { $0.split == "train" }
        guard !training.isEmpty else {
            throw ImageError(
                .badFolder, list.path,
                "no image of the list is for training; the column 'split' says '\(validationName ?? "")'")
        }
        let validation = validationName.map { name in entries.filter { $0.split == name } } ?? []
        let tasks = columns.map { column in
            let labels = Set(training.compactMap { $0.labels[column] })
            return LabelTask(
                name: names[column], classes: labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
        let numbers = tasks.map { task in
            Dictionary(uniqueKeysWithValues: task.classes.enumerated().map { ($1, $0) })
        }
        for entry in validation {
            for (task, column) in columns.enumerated() {
                guard let label = entry.labels[column], numbers[task][label] == nil else { continue }
                throw ImageError(
                    .classesDiffer, list.path,
                    "line \(entry.line): the class '\(label)' of '\(tasks[task].name)' occurs in '\(entry.split)' but not in "
                        + "'train'; both need the same classes")
            }
        }
        let labels = { (entry: ImageList.Entry) in
            columns.enumerated().map { task, column in entry.labels[column].flatMap { numbers[task][$0] } }
        }
        let combined = LabelTasks(tasks, combinations: combinations(of: (training + validation).map(labels)))
        let part = { (entries: [ImageList.Entry]) in
            ImageFolder(path: list.path, tasks: combined, samples: entries.map { ($0.path, labels($0)) })
        }
        return ImageSplits(
            train: part(training), validation: validationName == nil ? nil : part(validation))
    }

    /// The different ones, those of lower classes first and a missing label after all classes.
    private static func combinations(of labels: [[Int?]]) -> [[Int?]] {
        Set(labels).sorted { left, right in
            left.map { $0 ?? .max }.lexicographicallyPrecedes(right.map { $0 ?? .max })
        }
    }

    /// Images with a class, or none, for each task.
    ///
    /// - Precondition: the combinations of all are among those of `tasks`.
    private init(path: FilePath, tasks: LabelTasks, samples: [(path: FilePath, labels: [Int?])]) {
        let numbers = Dictionary(uniqueKeysWithValues: tasks.combinations.enumerated().map { ($1, $0) })
        self.init(
            path: path, classes: tasks.combinationNames,
            samples: samples.map { ImageSample(path: $0.path, label: numbers[$0.labels, default: 0]) }, ignored: [],
            tasks: tasks)
    }

    private static func requirePossible(_ names: [String], _ path: FilePath) throws(ImageError) {
        var known: Set<String> = ["path", "split"]
        for name in names {
            guard !name.isEmpty else {
                throw ImageError(.badFolder, path, "a task has no name; name the columns with the labels")
            }
            guard known.insert(name.lowercased()).inserted else {
                let reason =
                    ["path", "split"].contains(name.lowercased())
                    ? "'\(name)' is no column of labels" : "the task '\(name)' is named twice"
                throw ImageError(.badFolder, path, "\(reason); name a column with labels for each task, each once")
            }
        }
    }
}
