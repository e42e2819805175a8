import ArgumentParser
import SystemPackage
import ZooCore
import ZooImage
import ZooRegistry
import ZooTraining

/// `zoo data preview`: what augmentation makes of images.
struct DataPreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Write a sheet of augmented images as PNG.",
        discussion: """
            Each row begins with a photo as it is; beside it stands what the network would see of it in several epochs. \
            The legend is printed: the file and the class of each row.

            --augment takes a preset (none, light, standard, strong) or steps with commas between them: \
            resized-crop=0.35..1, crop=PADDING, hflip, vflip, rotate=DEGREES, affine=DEGREES, \
            jitter=BRIGHTNESS/CONTRAST/SATURATION/HUE, grayscale=P, randaugment=N/MAGNITUDE, trivialaugment, erase=P. \
            docs/augmentation.md has all their options.

            Examples:
              zoo data preview photos --augment strong -o sheet.png
              zoo data preview photos --augment resized-crop=0.5..1,hflip -o sheet.png
            """)

    @Argument(
        help: ArgumentHelp("The folder of images, or a list of them.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp("What is done: a preset or steps.", valueName: "preset|steps"),
        completion: .list(Completions.augmentations))
    var augment = "standard"

    @Option(
        name: [.short, .long], help: ArgumentHelp("The PNG file to write.", valueName: "file"),
        completion: .file(extensions: ["png"]))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Prepare images as this network wants them; by default as ImageNet's networks do.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String?

    @Option(help: ArgumentHelp("How many photos, taken from the classes in turn.", valueName: "n"))
    var images = 6

    @Option(help: ArgumentHelp("How many augmented versions of each.", valueName: "n"))
    var samples = 7

    @Option(help: ArgumentHelp("What the choice of photos and the changes follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("The network of a checkpoint that does not say which it is.", valueName: "name"))
    var arch: String?

    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if !(1...100).contains(images) { throw ValidationError("--images takes a number from 1 to 100") }
        if !(1...50).contains(samples) { throw ValidationError("--samples takes a number from 1 to 50") }
        if arch != nil, model == nil { throw ValidationError("--arch goes with --model") }
    }

    /// The legend as `--json` prints it.
    struct Answer: Encodable {
        struct Row: Encodable {
            let path: String
            let label: String
        }

        let output: String
        let augmentation: String
        let rows: [Row]
    }

    func run() throws {
        let console = talk.console
        let augmentation = try Augmentation(augment)
        let target = FilePath(output)
        try OutputFile.checkPlace(target)
        let preprocessor = Preprocessor(try preprocessing(console))
        let folder = try DataArgument.open(FilePath(data)).train
        var rows: [(sample: ImageSample, images: [Image])] = []
        var failures: [ImageError] = []
        for sample in folder.sampled(seed: seed) where rows.count < images {
            try Interruption.check()
            do throws(ImageError) {
                let photo = try ImageDecoder.decode(sample.path)
                rows.append((sample, [photo] + versions(of: photo, row: rows.count, augmentation, preprocessor)))
            } catch {
                failures.append(error)
            }
        }
        for failure in failures.prefix(10) { console.warning("\(failure)") }
        guard let first = rows.first else {
            throw UsageError("\(folder.path): none of the images could be read")
        }
        try write(rows.map(\.images), cell: first.images[1].size, to: target)
        try show(
            Answer(
                output: output,
                augmentation: augmentation.resolved(for: preprocessor.preprocessing).description,
                rows: rows.map { .init(path: $0.sample.path.string, label: folder.classes[$0.sample.label]) }),
            console)
    }

    private func preprocessing(_ console: Console) throws -> Preprocessing {
        guard let model else { return .imageNet }
        let session = try Session()
        let source = try ModelArgument.resolve(model, session: session, console: console)
        return try NetworkLoader(architecture: arch, entry: source.entry).load(source.path).preprocessing
    }

    /// One version an epoch, each drawn as training draws it.
    private func versions(
        of photo: Image, row: Int, _ augmentation: Augmentation, _ preprocessor: Preprocessor
    ) -> [Image] {
        (0..<samples).map { epoch in
            var generator = SeededGenerator(seed: seed &+ UInt64(epoch), stream: UInt64(row))
            return preprocessor.preview(photo, augmentation: augmentation, using: &generator)
        }
    }

    private func write(_ rows: [[Image]], cell: ImageSize, to target: FilePath) throws {
        // Small images would be hard to see.
        let factor = max(1, 112 / max(cell.width, cell.height, 1))
        let cell = ImageSize(height: cell.height * factor, width: cell.width * factor)
        var sheet = ContactSheet(cell: cell, columnCount: samples + 1)
        for row in rows { sheet.append(row) }
        let bytes = try PNGEncoder.encode(sheet.render())
        var file = try AtomicFile(at: target)
        try file.write(bytes)
        try file.publish()
    }

    private func show(_ answer: Answer, _ console: Console) throws {
        if talk.json {
            return try console.json(answer)
        }
        console.result("\(answer.output): \(answer.augmentation)")
        var table = Table([.init("ROW", .right), .init("CLASS", .left, .shortened), .init("FILE", .left, .shortened)])
        for (number, row) in answer.rows.enumerated() { table.add(["\(number + 1)", row.label, row.path]) }
        console.result(table)
    }
}

extension ImageFolder {
    /// All samples, one of each class in turn, in an order that follows from `seed`.
    fileprivate func sampled(seed: UInt64) -> [ImageSample] {
        var generator = SeededGenerator(seed: seed)
        var byClass = [[ImageSample]](repeating: [], count: classes.count)
        for sample in samples.shuffled(using: &generator) { byClass[sample.label].append(sample) }
        let longest = byClass.map(\.count).max() ?? 0
        return (0..<longest).flatMap { turn in byClass.compactMap { $0.count > turn ? $0[turn] : nil } }
    }
}
