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
    static func trainingSplits(
        _ path: FilePath, validationFraction: Double, seed: UInt64, console: Console
    ) throws -> Splits {
        let found = try open(path)
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
