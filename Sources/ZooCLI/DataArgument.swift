import FoundationEssentials
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// What a DATA argument stands for.
enum DataArgument {
    /// Images to learn from and images to judge by.
    struct Splits {
        var train: ImageFolder
        let validation: ImageFolder

        /// All images in one, for cross-validation.
        var whole: ImageFolder { train.joined(with: validation) }
    }

    /// The two parts of a folder; if it has no validation part, one is split off.
    ///
    /// - Parameter tasks: the columns of a list with labels of several tasks; none for one label an image.
    static func trainingSplits(
        _ path: FilePath, tasks: [String] = [], validationFraction: Double, seed: UInt64, console: Console
    ) throws -> Splits {
        let found = tasks.isEmpty ? try open(path) : try open(path, tasks: tasks, console: console)
        warn(aboutIgnored: found.train, console)
        if let validation = found.validation {
            warn(aboutIgnored: validation, console)
            return Splits(train: found.train, validation: validation)
        }
        let (train, validation) = found.train.split(validationFraction: validationFraction, seed: seed)
        return Splits(train: train, validation: validation)
    }

    /// The part of a folder to evaluate on: its validation part where it has one, otherwise all of it.
    static func evaluationImages(_ path: FilePath, console: Console) throws -> ImageFolder {
        let found = try open(path)
        let images = found.validation ?? found.train
        warn(aboutIgnored: images, console)
        return images
    }

    /// The part of a list to evaluate on, with a column of labels for some of a network's tasks at least.
    static func evaluationImages(_ path: FilePath, tasks: [LabelTask], console: Console) throws -> ImageFolder {
        let found = try open(path, tasks: tasks.map(\.name), mayLackTasks: true, console: console)
        return found.validation ?? found.train
    }

    /// The images of a list with labels of several tasks.
    private static func open(
        _ path: FilePath, tasks: [String], mayLackTasks: Bool = false, console: Console
    ) throws -> ImageSplits {
        try requireThere(path)
        let found = try ImageFolder.open(path, tasks: tasks, mayLackTasks: mayLackTasks)
        let remarks = found.remarks
        if !remarks.unusedColumns.isEmpty {
            console.message("\(path): not read: \(remarks.unusedColumns.joined(separator: ", "))")
        }
        if !remarks.absentTasks.isEmpty {
            console.warning(
                "\(path): there is no column \(remarks.absentTasks.map { "'\($0)'" }.joined(separator: ", ")), so nothing is "
                    + "said of \(remarks.absentTasks.count == 1 ? "that task" : "those tasks")")
        }
        if let first = remarks.unlabelledLines.first {
            let others = remarks.unlabelledLines.count - 1
            console.warning(
                "\(path): \(Formatting.count(remarks.unlabelledLines.count, "image")) without any label left out: line \(first)"
                    + (others > 0 ? " and \(Formatting.count(others, "other"))" : ""))
        }
        return found
    }

    /// Whether DATA is a file, which lists images.
    static func isList(_ path: FilePath) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isFolder) && !isFolder
    }

    /// The parts of a folder whose training images may lie in no class folders; they have no classes then.
    static func openUnsorted(_ path: FilePath, console: Console) throws -> ImageSplits {
        try requireThere(path)
        let found = try ImageFolder.openUnsorted(path)
        warn(aboutIgnored: found.train, console)
        if let validation = found.validation { warn(aboutIgnored: validation, console) }
        return found
    }

    /// The images of a folder, or of a list.
    ///
    /// - Throws: ``MissingFile`` if there is neither; whatever reading throws.
    static func open(_ path: FilePath) throws -> ImageSplits {
        try requireThere(path)
        return try ImageFolder.open(path)
    }

    private static func requireThere(_ path: FilePath) throws {
        guard FileManager.default.fileExists(atPath: path.string) else {
            throw MissingFile(path, what: "folder, nor list of images", kind: .usage)
        }
    }

    /// Names the images that could not be read.
    static func warn(about failures: [ImageFailure], of total: Int, _ console: Console) {
        guard !failures.isEmpty else { return }
        console.warning("\(failures.count) of \(Formatting.count(total, "image")) could not be read and were left out:")
        for failure in failures.prefix(10) { console.rawMessage("  \(failure.error)") }
        if failures.count > 10 { console.rawMessage("  … and \(failures.count - 10) more") }
    }

    private static func warn(aboutIgnored folder: ImageFolder, _ console: Console) {
        guard let first = folder.ignored.first else { return }
        let others = folder.ignored.count - 1
        console.message(
            "\(folder.path): \(Formatting.count(folder.ignored.count, "file")) not used, by name no images: \(first)"
                + (others > 0 ? " and \(Formatting.count(others, "other"))" : ""))
    }
}
