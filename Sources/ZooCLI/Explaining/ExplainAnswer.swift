import SystemPackage
import ZooImage
import ZooTraining

/// What `zoo explain` answers.
struct ExplainAnswer: Encodable {
    /// A class and its probability.
    struct Guess: Encodable {
        let index: Int
        let label: String
        let probability: Double

        init(_ answer: ExplainedImage.Answer) {
            index = answer.index
            label = answer.name
            probability = Double(answer.probability)
        }
    }

    /// What one way showed.
    struct Finding: Encodable {
        let method: String
        let overlay: String
        let note: String
        /// Whether nothing speaks for the class.
        let isEmpty: Bool
        /// The pixel of the largest number, column and row; `nil` where nothing speaks for the class.
        let peak: [Int]?
        /// Grad-CAM's cells, row by row.
        let map: [[Float]]?

        init(_ finding: ExplainedImage.Finding, overlay: String, size: ImageSize) {
            method = finding.method.rawValue
            self.overlay = overlay
            note = finding.note
            isEmpty = finding.isEmpty
            let pixels = finding.map.resized(to: size)
            let place = pixels.values.indices.max { pixels.values[$0] < pixels.values[$1] } ?? 0
            peak = finding.isEmpty ? nil : [place % size.width, place / size.width]
            map = finding.method == .gradcam ? finding.map.rows : nil
        }
    }

    /// One image.
    struct Image: Encodable {
        let path: String
        let width, height: Int
        let explained: Guess
        let likeliest: Guess
        let findings: [Finding]

        init(_ image: ExplainedImage, _ findings: [Finding]) {
            path = image.path.string
            (width, height) = (image.seen.width, image.seen.height)
            explained = Guess(image.explained)
            likeliest = Guess(image.likeliest)
            self.findings = findings
        }
    }

    let images: [Image]
    /// The page with all of them; `nil` if no image could be read.
    let page: String?
}
