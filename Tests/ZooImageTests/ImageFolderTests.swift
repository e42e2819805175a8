import Glibc
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooImage

@Suite struct ImageFolderTests {
    /// A folder with empty files of the given names, and its path.
    private func folder(_ names: [String]) throws -> ScratchFolder {
        let scratch = try ScratchFolder()
        for name in names { try scratch.write([], to: name) }
        return scratch
    }

    private func error(_ names: [String]) throws -> ImageError? {
        let scratch = try folder(names)
        let error = #expect(throws: ImageError.self) { try ImageFolder.open(scratch.path) }
        return error.map { ImageError($0.code, relative($0.path, scratch), $0.message) }
    }

    private func relative(_ path: FilePath, _ scratch: ScratchFolder) -> FilePath {
        var path = path
        _ = path.removePrefix(scratch.path)
        return path
    }

    @Test("classes and samples in torchvision's order")
    func order() throws {
        let scratch = try folder([
            "b/2.jpg", "b/10.JPG", "b/notes.txt", "a/sub/1.png", "a/sub/x/1.png", "a/sub-b/0.png", "a/z.webp",
            "a/._z.png", "C/x.TIFF",
            ".git/config.png", "__MACOSX/a/1.png", "a/.cache/1.png", "readme.md", "é/1.bmp", "d/1.jpg.txt", "d/1.pgm",
        ])
        let splits = try ImageFolder.open(scratch.path)
        #expect(splits.validation == nil)
        let data = splits.train
        #expect(data.classes == ["C", "a", "b", "d", "é"])
        #expect(
            data.samples.map { relative($0.path, scratch).string } == [
                "C/x.TIFF", "a/z.webp", "a/sub/1.png", "a/sub-b/0.png", "a/sub/x/1.png", "b/10.JPG", "b/2.jpg",
                "d/1.pgm", "é/1.bmp",
            ])
        #expect(data.samples.map(\.label) == [0, 1, 1, 1, 1, 2, 2, 3, 4])
        #expect(data.classCounts == [1, 4, 2, 1, 1])
        #expect(
            data.ignored.map { relative($0, scratch).string } == [
                "readme.md", "a/._z.png", "b/notes.txt", "d/1.jpg.txt",
            ])
    }

    @Test(
        "train and validation folders",
        arguments: [
            (["train/a/1.png", "train/b/1.png", "val/a/2.png", "val/b/2.png", "test/a/3.png"], "val"),
            (["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png"], "test"),
            (["train/a/1.png", "train/b/1.png", "valid/a/2.png", "valid/b/2.png", "extra/x.txt"], "valid"),
            (["train/a/1.png", "train/b/1.png", "validation/a/2.png", "validation/b/2.png"], "validation"),
            (["train/a/1.png", "train/b/1.png"], ""),
        ])
    func splits(names: [String], validation: String) throws {
        let scratch = try folder(names)
        let splits = try ImageFolder.open(scratch.path)
        #expect(splits.train.path == scratch.file("train"))
        #expect(splits.train.classes == ["a", "b"])
        #expect(splits.validation?.path == (validation.isEmpty ? nil : scratch.file(validation)))
    }

    @Test("a class may be called train")
    func classNamedTrain() throws {
        let scratch = try folder(["bus/1.png", "car/1.png", "train/1.png"])
        #expect(try ImageFolder.open(scratch.path).train.classes == ["bus", "car", "train"])
    }

    @Test(
        "what is no image folder",
        arguments: [
            (
                ["readme.md"], .badFolder,
                ": there are no class folders in it; put the images of each class into a folder of its own"
            ),
            (
                ["1.png", "2.jpg", "readme.md"], .badFolder,
                ": there are 2 images in it, and no class folders; put the images of each class into a folder of its own"
            ),
            (
                ["a/1.png", "b/notes.txt"], .emptyClass,
                "b: the class 'b' has no images; add some or remove the folder (images end in "
                    + ".jpg .jpeg .png .ppm .bmp .pgm .tif .tiff .webp)"
            ),
            (
                ["train/a/1.png", "train/c/1.png", "val/a/1.png", "val/b/1.png"], .classesDiffer,
                "val: its classes differ from those of 'train': only 'train' has 'c'; only 'val' has 'b'; "
                    + "both folders need the same class folders"
            ),
        ] as [([String], ImageError.Code, String)])
    func errors(names: [String], code: ImageError.Code, message: String) throws {
        let error = try #require(try error(names))
        #expect(error.code == code)
        #expect(error.description == message)
        #expect(error.kind == .usage)
    }

    @Test func validationWithoutTraining() throws {
        let error = try #require(try error(["val/a/1.png"]))
        #expect(error.code == .badFolder)
        #expect(error.message.hasPrefix("there is 'val' but no 'train' folder in it; name /"))
    }

    @Test func missing() throws {
        let error = #expect(throws: ImageError.self) { try ImageFolder.open("/nowhere") }
        #expect(error?.description == "/nowhere: there is no such folder; name a folder that holds images by class")
        let file = try ScratchFolder().write([], to: "a")
        #expect(throws: ImageError.self) { try ImageFolder.open(file) }
    }

    @Test func oneClass() throws {
        let scratch = try folder(["a/1.png"])
        let data = try ImageFolder.open(scratch.path).train
        let error = #expect(throws: ImageError.self) { try data.requireSeveralClasses() }
        #expect(error?.code == .tooFewClasses)
        #expect(error?.message == "there is only one class, 'a'; training needs at least two class folders")
    }

    @Test("links in circles end", .timeLimit(.minutes(1)))
    func circle() throws {
        let scratch = try folder(["a/1.png", "b/1.png"])
        let status = unsafe symlink(scratch.file("a").string, scratch.file("a/again").string)
        #expect(status == 0)
        #expect(try ImageFolder.open(scratch.path).train.classCounts == [1, 1])
    }

    @Test("a seeded part of every class is set aside")
    func split() throws {
        let names = (0..<50).map { "a/\($0).png" } + (0..<7).map { "b/\($0).png" } + ["c/1.png"]
        let scratch = try folder(names)
        let data = try ImageFolder.open(scratch.path).train
        let (train, validation) = data.split(validationFraction: 0.2, seed: 1)
        #expect(train.classCounts == [40, 6, 1])
        #expect(validation.classCounts == [10, 1, 0])
        #expect(Set(train.samples).union(validation.samples) == Set(data.samples))
        #expect(data.split(validationFraction: 0.2, seed: 1).validation == validation)
        #expect(data.split(validationFraction: 0.2, seed: 2).validation != validation)
        #expect(data.split(validationFraction: 0.99, seed: 2).train.classCounts == [1, 1, 1])
        let positions = validation.samples.compactMap { data.samples.firstIndex(of: $0) }
        #expect(positions == positions.sorted())
    }

    @Test("the ants and bees of PyTorch's tutorial", .enabled(if: RealData.isPresent, "\(RealData.absence)"))
    func hymenoptera() throws {
        let splits = try ImageFolder.open(RealData.file("datasets/hymenoptera"))
        #expect(splits.train.classes == ["ants", "bees"])
        #expect(splits.train.samples.count == 244)
        #expect(splits.validation?.samples.count == 153)
        #expect((splits.train.ignored + (splits.validation?.ignored ?? [])).map(\.extension) == ["gif"])
    }

    @Test(
        "training images may lie in no class folders",
        arguments: [
            (["2.png", "1.jpg", "notes.txt"], ["1.jpg", "2.png"], nil),
            (["train/2.png", "train/1.png", "val/a/3.png"], ["train/1.png", "train/2.png"], ["a"]),
            (["train/2.png", "train/.git/x"], ["train/2.png"], nil),
        ] as [([String], [String], [String]?)])
    func unsorted(names: [String], found: [String], validation: [String]?) throws {
        let scratch = try folder(names)
        let parts = try ImageFolder.openUnsorted(scratch.path)
        #expect(parts.train.classes.isEmpty)
        #expect(parts.train.samples.map { relative($0.path, scratch).string } == found)
        #expect(parts.validation?.classes == validation)
        let named = parts.train.labelled(found.map { _ in 1 }, classes: ["x", "y"])
        #expect(named.classCounts == [0, found.count])
    }

    @Test func classFoldersAreClassesWhereNoneAreNeeded() throws {
        let scratch = try folder(["train/a/1.png", "train/b/1.png", "val/a/2.png", "val/b/2.png"])
        #expect(try ImageFolder.openUnsorted(scratch.path) == ImageFolder.open(scratch.path))
        #expect(throws: ImageError.self) { try ImageFolder.unsorted(scratch.file("none")) }
    }
}
