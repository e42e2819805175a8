public import SystemPackage
public import ZooImage

/// An image with what was found out about a network's answer to it.
public struct ExplainedImage: Sendable {
    /// A way to find out.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// See ``GradCAM``.
        case gradcam
        /// See ``Occlusion``.
        case occlusion

        /// Its name in sentences.
        public var title: String {
            switch self {
            case .gradcam: "Grad-CAM"
            case .occlusion: "Occlusion"
            }
        }
    }

    /// What one way showed.
    public struct Finding: Sendable {
        /// The way.
        public let method: Method
        /// Numbers over the image; the larger, the more they speak for the class.
        public let map: ImportanceMap
        /// What is said about it, such as the layer.
        public let note: String

        /// A finding.
        public init(method: Method, map: ImportanceMap, note: String) {
            self.method = method
            self.map = map
            self.note = note
        }

        /// Whether nothing in the image speaks for the class.
        public var isEmpty: Bool { !(map.values.contains { $0 > 0 }) }

        /// The image with the map over it, as large as the image.
        ///
        /// - Complexity: O(pixels).
        public func overlay(on image: Image) -> Image {
            image.overlaid(with: map.normalised.resized(to: image.size).values)
        }
    }

    /// A class and its probability.
    public struct Answer: Sendable, Hashable {
        /// The output.
        public let index: Int
        /// Its name, or number.
        public let name: String
        /// Its probability.
        public let probability: Float

        /// The answer that is an output of some logits.
        public init(_ index: Int, of logits: [Float], classes: [String]?) {
            self.index = index
            name = classes?[index] ?? "class \(index)"
            probability = CrossEntropy.probabilities(logits)[index]
        }
    }

    /// The file.
    public let path: FilePath
    /// What the network saw of it.
    public let seen: Image
    /// The class that is explained.
    public let explained: Answer
    /// The likeliest class.
    public let likeliest: Answer
    /// What each way showed.
    public let findings: [Finding]

    /// An image and what was found out.
    public init(path: FilePath, seen: Image, explained: Answer, likeliest: Answer, findings: [Finding]) {
        self.path = path
        self.seen = seen
        self.explained = explained
        self.likeliest = likeliest
        self.findings = findings
    }
}
