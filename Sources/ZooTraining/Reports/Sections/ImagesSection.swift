import SystemPackage
import ZooCore
import ZooImage
import ZooReport

/// The images that tell most about a classifier.
struct ImagesSection {
    let images: JudgedImages

    /// So many of each kind are shown.
    private static let count = 12
    private static let side = 224

    var section: Page.Section? {
        guard !images.predictions.isEmpty else { return nil }
        let wrong = images.predictions.filter { !$0.isRight }
        let mistakes = Array(
            wrong.sorted { ($1.confidence, $0.path) < ($0.confidence, $1.path) }.prefix(Self.count))
        let shown = Set(mistakes.map(\.path))
        let uncertain = images.predictions.filter { !shown.contains($0.path) && $0.order.count > 1 }
            .sorted { ($0.margin, $0.path) < ($1.margin, $1.path) }.prefix(Self.count)
        let pictures = Self.pictures(of: (mistakes + uncertain).map(\.path))
        return images.section("images", "Images") {
            HTML("h3") { "Most confident mistakes" }
            if mistakes.isEmpty {
                HTML("p") { "There is no mistake among \(NumberText.count(images.predictions.count, "image"))." }
            } else {
                HTML.note(
                    "\(NumberText.grouped(wrong.count)) of \(NumberText.count(images.predictions.count, "image")) are wrong"
                        + (wrong.count > mistakes.count ? "; these \(mistakes.count) the most confidently." : ".")
                        + " A label may be wrong, too.")
                gallery(mistakes, pictures)
            }
            HTML("h3") { "Least certain" }
            HTML.note("The images whose two most probable classes are closest to each other, without those above.")
            gallery(Array(uncertain), pictures)
        }
    }

    private func gallery(
        _ predictions: [ImagePrediction], _ pictures: [String: Result<Gallery.Picture, Gallery.Absence>]
    ) -> HTML {
        var gallery = Gallery()
        for prediction in predictions {
            let picture = pictures[prediction.path] ?? .failure(Gallery.Absence("no picture"))
            gallery.add(picture, name: Self.shortName(of: prediction.path), lines: lines(prediction))
        }
        return gallery.html
    }

    private func lines(_ prediction: ImagePrediction) -> [HTML] {
        let guess = { (rank: Int) in
            HTML([
                HTML("b") { images.name(of: prediction.order[rank]) },
                HTML(" \(NumberText.percent(prediction.probabilities[rank]))"),
            ])
        }
        if prediction.isRight {
            let next = prediction.order.count > 1 ? HTML([HTML("or "), guess(1)]) : HTML("")
            return [HTML([HTML("right: "), guess(0)]), next]
        }
        return [
            HTML([HTML("taken for "), guess(0)]),
            HTML([
                HTML("is "), HTML("b") { images.name(of: prediction.label) },
                HTML(" \(NumberText.percent(prediction.labelProbability))"),
            ]),
        ]
    }

    /// The file with the folder that it is in.
    static func shortName(of path: String) -> String {
        path.split(separator: "/").suffix(2).joined(separator: "/")
    }

    /// Reads pictures, several at a time.
    static func pictures(of paths: [String]) -> [String: Result<Gallery.Picture, Gallery.Absence>] {
        let pictures = WorkerThreads.map(paths.count) { picture(of: FilePath(paths[$0])) }
        return Dictionary(zip(paths, pictures)) { first, _ in first }
    }

    private static func picture(of path: FilePath) -> Result<Gallery.Picture, Gallery.Absence> {
        do throws(ImageError) {
            let small = try Thumbnail(of: path, side: side)
            return .success(
                Gallery.Picture(mediaType: small.mediaType, bytes: small.bytes, isPixelated: small.isPixelated))
        } catch {
            return .failure(
                Gallery.Absence(
                    error.code == .unreadable ? "the image is no longer where it was" : "the image cannot be shown"))
        }
    }
}
