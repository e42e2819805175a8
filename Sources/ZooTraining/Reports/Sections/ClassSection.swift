import ZooReport

/// How well each class is told from the others.
struct ClassSection {
    let images: JudgedImages

    /// With more classes the worst ones come first, and all are folded away.
    private static let shortList = 60
    private static let worstCount = 15

    var section: Page.Section? {
        guard images.count > 0 else { return nil }
        let scores = images.scores
        return images.section("classes", "Classes") {
            HTML.note(
                "Precision: the share of the images taken for the class that are of it. Recall: the share of its images that "
                    + "were found. F1: the harmonic mean of both.")
            if images.classes.count <= Self.shortList {
                table(scores, of: Array(images.classes.indices), withMeans: true)
            } else {
                HTML("h3") { "The \(Self.worstCount) worst by F1" }
                table(scores, of: Array(worst(scores).prefix(Self.worstCount)), withMeans: false)
                HTML.details("All \(NumberText.grouped(images.classes.count)) classes") {
                    table(scores, of: Array(images.classes.indices), withMeans: true)
                }
            }
        }
    }

    private func worst(_ scores: [JudgedImages.Score]) -> [Int] {
        scores.indices.filter { scores[$0].support > 0 }.sorted { (scores[$0].f1, $0) < (scores[$1].f1, $1) }
    }

    private func table(_ scores: [JudgedImages.Score], of labels: [Int], withMeans: Bool) -> [HTML] {
        var table = DataTable([
            .init("Class", .text), .init("Images"), .init("Precision", .text), .init("Recall", .text),
            .init("F1", .text),
        ])
        for label in labels {
            let score = scores[label]
            table.add(
                [HTML(images.classes[label]), HTML(NumberText.grouped(score.support))]
                    + [score.precision, score.recall, score.f1].map { Self.meter($0) })
        }
        if withMeans {
            let known = scores.filter { $0.support > 0 }
            func mean(_ value: (JudgedImages.Score) -> Double) -> HTML {
                Self.meter(known.reduce(0) { $0 + value($1) } / Double(max(known.count, 1)), colour: 3)
            }
            table.add([
                HTML("b") { "mean of the classes" }, HTML(NumberText.grouped(images.count)), mean { $0.precision },
                mean { $0.recall }, mean { $0.f1 },
            ])
        }
        return table.html
    }

    private static func meter(_ share: Double, colour: Int = 1) -> HTML {
        HTML.meter(NumberText.percent(share), share: share, colour: colour)
    }
}
