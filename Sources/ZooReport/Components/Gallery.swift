internal import FoundationEssentials

/// Small pictures with what there is to say about each.
public struct Gallery: Sendable, Hashable {
    /// A picture, embedded in the page.
    public struct Picture: Sendable, Hashable {
        let mediaType: String
        let bytes: [UInt8]
        let isPixelated: Bool

        /// A picture.
        ///
        /// - Parameters:
        ///   - mediaType: such as `image/jpeg`.
        ///   - bytes: the file.
        ///   - isPixelated: whether it is so small that it is shown larger, pixel by pixel.
        public init(mediaType: String, bytes: [UInt8], isPixelated: Bool) {
            self.mediaType = mediaType
            self.bytes = bytes
            self.isPixelated = isPixelated
        }
    }

    private var figures: [HTML] = []

    /// No pictures yet.
    public init() {}

    /// Whether there are no pictures.
    public var isEmpty: Bool { figures.isEmpty }

    /// Adds a picture.
    ///
    /// - Parameters:
    ///   - picture: the picture, or why there is none.
    ///   - name: what the file is called.
    ///   - lines: what is said about it.
    public mutating func add(_ picture: Result<Picture, Absence>, name: String, lines: [HTML]) {
        figures.append(
            HTML("figure", ["class": "shot"]) {
                switch picture {
                case .success(let picture):
                    HTML(
                        "img",
                        [
                            "src": "data:\(picture.mediaType);base64,\(Data(picture.bytes).base64EncodedString())",
                            "alt": name, "class": picture.isPixelated ? "pixels" : "photo",
                        ])
                case .failure(let absence): HTML("div", ["class": "absent"]) { absence.reason }
                }
                HTML("figcaption") {
                    for line in lines { HTML("div") { line } }
                    HTML("div", ["class": "muted file", "title": name]) { name }
                }
            })
    }

    /// Why a picture is not shown.
    public struct Absence: Error, Sendable, Hashable {
        let reason: String

        /// A reason, as a sentence.
        public init(_ reason: String) {
            self.reason = reason
        }
    }

    /// The pictures.
    public var html: HTML { HTML("div", ["class": "gallery"]) { figures } }
}

extension HTML {
    /// Text to copy: commands or code.
    public static func code(_ text: String) -> HTML { HTML("pre") { HTML("code") { text } } }

    /// Text below a heading that says how to read what follows.
    public static func note(_ text: String) -> HTML { HTML("p", ["class": "muted"]) { text } }

    /// Something that should not be overlooked.
    public static func warning(_ text: String) -> HTML { HTML("p", ["class": "warning", "role": "note"]) { text } }

    /// What most readers do not need, folded away.
    public static func details(_ summary: String, @HTMLBuilder content: () -> [HTML]) -> HTML {
        HTML("details") {
            HTML("summary") { summary }
            content()
        }
    }

    /// Charts beside each other where there is room.
    public static func charts(_ charts: [HTML]) -> HTML { HTML("div", ["class": "charts"]) { charts } }
}
