import ZooCore
import ZooImage
import ZooTraining

extension EvaluateCommand {
    /// Images of a kind, as `--json` prints them.
    struct Slice: Encodable {
        let property, name: String
        let count: Int
        let accuracy: Double
        let interval: [Double]
        let isWorse: Bool

        init(_ slice: DataSlice) {
            property = slice.property.rawValue
            name = slice.name
            count = slice.count
            accuracy = slice.accuracy
            interval = [slice.interval.lowerBound, slice.interval.upperBound]
            isWorse = slice.isWorse
        }
    }

    /// How well the classifier does on images of each kind; the images are read once more for it.
    ///
    /// - Parameter isRight: whether each row of the logits is.
    func slices(
        of images: ImageFolder, _ logits: NetworkRunner.Outputs, isRight: [Bool], threads: Int?, _ console: Console
    ) throws -> [DataSlice] {
        let samples = logits.sampleIndices.map { images.samples[$0] }
        let progress = ProgressLine(console)
        let threads = threads ?? WorkerThreads.processorCount
        let properties = try ImageProperties.all(of: samples, threadCount: threads) { done in
            try Interruption.check()
            progress.update("measuring", done, of: samples.count, "images")
        }
        progress.clear()
        return DataSlices(properties: properties, folders: samples.map { images.source(of: $0) }, isRight: isRight)
            .slices
    }

    /// Whether the largest logit of each row is at the right output.
    static func isRight(_ logits: NetworkRunner.Outputs, _ images: ImageFolder, _ outputs: [Int]) -> [Bool] {
        zip(logits.rows.largestColumns(), logits.sampleIndices).map { $0 == outputs[images.samples[$1].label] }
    }

    /// The slices for a person.
    static func show(_ slices: [DataSlice], _ console: Console) {
        var table = Table([
            .init("BY", .left), .init("FROM", .left, .shortened), .init("IMAGES", .right), .init("ACCURACY", .right),
            .init("95 % RANGE", .left), .init("", .left),
        ])
        for slice in slices {
            let (low, high) = (slice.interval.lowerBound, slice.interval.upperBound)
            table.add([
                slice.property.rawValue, slice.name, "\(slice.count)", Formatting.percent(slice.accuracy),
                "\(Formatting.percent(low)) to \(Formatting.percent(high))",
                slice.isWorse ? "worse than the others" : "",
            ])
        }
        console.result(table)
        if slices.isEmpty { console.message("there are too few images, or they are too much alike, for slices") }
    }
}
