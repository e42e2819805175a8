public import SystemPackage
internal import ZooCore

/// One labelled image file.
public struct ImageSample: Sendable, Hashable {
    /// Where the file is.
    public let path: FilePath
    /// The index of its class.
    public let label: Int
    /// By how many right angles the network's input is turned, counter-clockwise; 0 as a rule.
    public let quarterTurns: Int

    /// A file and its class.
    public init(path: FilePath, label: Int, quarterTurns: Int = 0) {
        self.path = path
        self.label = label
        self.quarterTurns = quarterTurns
    }
}

/// A set of images sorted into classes by the folders they are in, as torchvision's `ImageFolder` reads it.
///
/// Each sub-folder is a class; classes have the order of their names, by code points. The images of a class are those of
/// its folder and everything below. On purpose different from torchvision: hidden folders and `__MACOSX` are no
/// classes.
public struct ImageFolder: Sendable, Hashable {
    /// The folder of the class folders.
    public let path: FilePath
    /// The names of the classes, sorted; of images with several labels the names of their combinations. The label of a sample
    /// is an index of this array.
    public let classes: [String]
    /// What the labels of images with several labels mean; `nil` where each has one.
    public let tasks: LabelTasks?
    /// The images, class by class, in torchvision's order.
    public let samples: [ImageSample]
    /// Files that are no images by their names, and so do not count.
    public let ignored: [FilePath]

    /// The extensions of image files, as torchvision has them, in lower case; the case does not matter.
    ///
    /// zoo does not decode all of them: see ``ImageDecoder``. Such files are samples nevertheless, so that whoever reads
    /// them can say what was left out.
    public static let extensions = [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]

    init(
        path: FilePath, classes: [String], samples: [ImageSample], ignored: [FilePath], tasks: LabelTasks? = nil
    ) {
        self.path = path
        self.classes = classes
        self.tasks = tasks
        self.samples = samples
        self.ignored = ignored
    }

    /// Reads the class folders in `path`.
    ///
    /// - Throws: ``ImageError``: `.badFolder` if it is no folder or has no class folders, `.emptyClass` naming a class
    ///   without images, `.unreadable`.
    /// - Complexity: O(*n* log *n*) in the number of files; no image is opened.
    public init(classFoldersIn path: FilePath) throws(ImageError) {
        let listing = try Self.list(path)
        let classes = listing.folders.filter { !Self.isHidden($0) }
        guard !classes.isEmpty else {
            let count = listing.files.count { ClassWalk.isImage($0) }
            let found =
                count == 0
                ? "there are no class folders in it"
                : "there \(count == 1 ? "is 1 image" : "are \(count) images") in it, and no class folders"
            throw ImageError(.badFolder, path, "\(found); put the images of each class into a folder of its own")
        }
        var samples: [ImageSample] = []
        var ignored = listing.files.map { path.appending($0) }
        for (label, name) in classes.enumerated() {
            let folder = path.appending(name)
            let walk = try ClassWalk(folder)
            guard !walk.images.isEmpty else {
                throw ImageError(
                    .emptyClass, folder,
                    "the class '\(name)' has no images; add some or remove the folder "
                        + "(images end in \(Self.extensions.joined(separator: " ")))")
            }
            samples += walk.images.map { ImageSample(path: $0, label: label) }
            ignored += walk.ignored
        }
        self.init(path: path, classes: classes, samples: samples, ignored: ignored)
    }

    /// How many samples each class has, in the order of ``classes``.
    ///
    /// - Complexity: O(*n*).
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classes.count)
        for sample in samples { counts[sample.label] += 1 }
        return counts
    }

    /// Makes sure that there is something to tell apart.
    ///
    /// - Throws: ``ImageError`` `.tooFewClasses` if there is only one class.
    public func requireSeveralClasses() throws(ImageError) {
        guard classes.count < 2 else { return }
        throw ImageError(
            .tooFewClasses, path,
            "there is only one class, '\(classes.first ?? "")'; training needs at least two class folders")
    }

    /// Whether a folder of this name is passed over.
    static func isHidden(_ name: String) -> Bool {
        name.hasPrefix(".") || name == "__MACOSX"
    }

    /// The names in `path`, which the user gave.
    static func list(_ path: FilePath) throws(ImageError) -> FolderListing {
        do throws(ImageError) {
            return try FolderListing(path)
        } catch {
            guard FolderListing.isFolder(path) else {
                throw ImageError(.badFolder, path, "there is no such folder; name a folder that holds images by class")
            }
            throw error
        }
    }
}
