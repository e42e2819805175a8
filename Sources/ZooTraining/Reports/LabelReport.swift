public import SystemPackage
import ZooCore
public import ZooImage
import ZooReport

/// The page about labels that are probably wrong.
public struct LabelReport: Sendable {
    private let data: String
    private let classes: [String]
    private let samples: [ImageSample]
    private let learning: ConfidentLearning
    private let method: String

    /// So many candidates are shown.
    private static let count = 60

    /// A report.
    ///
    /// - Parameters:
    ///   - data: the name of the images, as the user gave it.
    ///   - samples: the image of each row.
    ///   - method: where the probabilities come from, in words.
    /// - Precondition: there is an image for each row.
    public init(
        data: String, classes: [String], samples: [ImageSample], learning: ConfidentLearning, method: String
    ) {
        self.data = data
        self.classes = classes
        self.samples = samples
        self.learning = learning
        self.method = method
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(classes²), and a look at some dozen images.
    public func write(to path: FilePath) throws {
        try page.write(to: path)
    }

    private var page: Page {
        Page(
            title: FilePath(data).lastComponent?.string ?? data, subtitle: HTML("Labels that may be wrong"),
            summary: summary, sections: [candidates, joint, thresholds],
            footer: "Written by zoo \(ZooVersion.current).")
    }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        HTML.note(
            "\(method) An image is a candidate where another class is as probable as it is for that class's own images on "
                + "average (confident learning). Look at each before you change it: hard images are candidates too.")
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        tiles.add(
            "Images", NumberText.grouped(samples.count), note: NumberText.count(classes.count, "class", "classes"))
        tiles.add("Candidates", NumberText.grouped(learning.candidates.count))
        tiles.add("Wrong labels", NumberText.percent(learning.noiseShare), note: "as estimated; no promise")
        return tiles
    }

    private var candidates: Page.Section {
        let shown = learning.candidates.prefix(Self.count)
        let pictures = ImagesSection.pictures(of: shown.map { samples[$0.row].path.string })
        var gallery = Gallery()
        for candidate in shown {
            let path = samples[candidate.row].path.string
            gallery.add(
                pictures[path] ?? .failure(Gallery.Absence("no picture")), name: ImagesSection.shortName(of: path),
                lines: [
                    HTML([
                        HTML("is "), HTML("b") { classes[candidate.label] },
                        HTML(" \(NumberText.percent(candidate.labelProbability))"),
                    ]),
                    HTML([
                        HTML("maybe "), HTML("b") { classes[candidate.suggestion] },
                        HTML(" \(NumberText.percent(candidate.suggestionProbability))"),
                    ]),
                ])
        }
        return Page.Section("candidates", "Candidates") {
            if shown.isEmpty {
                HTML("p") { "There are none." }
            } else {
                if learning.candidates.count > shown.count {
                    HTML.note("The \(shown.count) whose labels are least probable.")
                }
                gallery.html
            }
        }
    }

    private var joint: Page.Section? {
        guard classes.count <= HeatMap.rowLimit else { return nil }
        return Page.Section("joint", "Labels and what images count for") {
            HTML.note("Images that reach no class’s threshold are in no cell.")
            HeatMap(title: "Labels by classes", rows: classes, columns: classes, counts: learning.joint).html
        }
    }

    private var thresholds: Page.Section {
        var table = DataTable([.init("Class", .text), .init("Threshold", .text), .init("Candidates")])
        for (label, name) in classes.enumerated() {
            let threshold = learning.thresholds[label]
            table.add([
                HTML(name),
                threshold.isFinite ? HTML.meter(NumberText.percent(threshold), share: threshold) : HTML("no images"),
                HTML("\(learning.candidates.count { $0.label == label })"),
            ])
        }
        return Page.Section("thresholds", "Thresholds") {
            HTML.note("The mean probability that a class’s own images get for it.")
            table.html
        }
    }
}
