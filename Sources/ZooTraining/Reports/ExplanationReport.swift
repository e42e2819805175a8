public import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooReport

/// The page about explained images: what the network saw, and the overlays beside it.
public struct ExplanationReport: Sendable {
    private let model: String
    private let network: PretrainedNetwork
    private let images: [ExplainedImage]

    /// The report of some images.
    ///
    /// - Parameter model: the name of the network or its file, as the user gave it.
    public init(model: String, network: PretrainedNetwork, images: [ExplainedImage]) {
        self.model = model
        self.network = network
        self.images = images
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooImage/ImageError`` if a picture cannot be made; ``ZooCore/FileError``.
    /// - Complexity: O(pixels).
    public func write(to path: FilePath) throws {
        try page().write(to: path)
    }

    private func page() throws -> Page {
        var gallery = Gallery()
        for image in images { try add(image, to: &gallery) }
        return Page(
            title: FilePath(model).lastComponent?.string ?? model,
            subtitle: HTML("What \(network.graph.name) looks at"),
            summary: [
                HTML("p", ["class": "legend"]) {
                    "little"
                    HTML("span", ["class": "ramp heat"])
                    "speaks most for the class, in each picture by itself"
                }, gallery.html,
            ],
            sections: [reading],
            footer: "Written by zoo \(ZooVersion.current).")
    }

    private func add(_ image: ExplainedImage, to gallery: inout Gallery) throws {
        let name = image.path.lastComponent?.string ?? image.path.string
        gallery.add(
            .success(try Self.picture(image.seen)), name: name,
            lines: [
                HTML([HTML("b") { image.likeliest.name }, HTML(" \(Self.percent(image.likeliest))")]),
                HTML("what the network saw"),
            ])
        for finding in image.findings {
            gallery.add(
                .success(try Self.picture(finding.overlay(on: image.seen))), name: name,
                lines: [
                    HTML([
                        HTML("\(finding.method.title) for "), HTML("b") { image.explained.name },
                        HTML(image.explained == image.likeliest ? "" : " \(Self.percent(image.explained))"),
                    ]), HTML(finding.isEmpty ? "nothing speaks for it" : finding.note),
                ])
        }
    }

    private static func percent(_ answer: ExplainedImage.Answer) -> String {
        NumberText.percent(Double(answer.probability))
    }

    private static func picture(_ image: Image) throws -> Gallery.Picture {
        let isSmall = max(image.width, image.height) <= 96
        return Gallery.Picture(
            mediaType: isSmall ? "image/png" : "image/jpeg",
            bytes: isSmall ? try PNGEncoder.encode(image) : try JPEGEncoder.encode(image, quality: 90),
            isPixelated: isSmall)
    }

    private var reading: Page.Section {
        Page.Section("reading", "How to read this") {
            HTML("p") {
                "Grad-CAM sums what a layer found, weighted by how much the class’s logit rises with it. It is as fine as the "
                "layer’s result, and shows evidence for the class only. Occlusion covers the image with a window, place by "
                "place, and shows where the class’s log-odds fall; “at worst” is the lowest probability with a window covered."
            }
            HTML("p") {
                "The largest number of each picture has the lightest colour, however large it is, so colours of different "
                "pictures cannot be compared. A map on the background where the object should be is a reason to look at the "
                "data: the network may have learnt the place instead of the thing."
            }
        }
    }
}
