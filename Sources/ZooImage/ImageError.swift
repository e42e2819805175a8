public import SystemPackage
public import ZooCore

/// An image, or a folder of images, that cannot be used.
public struct ImageError: ZooError, Hashable {
    /// What is wrong.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The operating system did not let the file or folder be read.
        case unreadable
        /// The file ends before the image does.
        case truncated
        /// The bytes of the image contradict themselves.
        case corrupt
        /// An image, but of a format or a kind that zoo does not decode.
        case unsupportedFormat = "unsupported-format"
        /// The image has more pixels than ``Image/maximumPixelCount``, or the file more bytes than zoo reads.
        case tooLarge = "too-large"
        /// The bytes are no image at all.
        case notAnImage = "not-an-image"
        /// Images of one run have different sizes and nothing makes them equal.
        case sizesDiffer = "sizes-differ"
        /// A folder is not laid out as an image folder.
        case badFolder = "bad-folder"
        /// A class folder has no images.
        case emptyClass = "empty-class"
        /// There are fewer than two classes.
        case tooFewClasses = "too-few-classes"
        /// The training and the validation folder have different classes.
        case classesDiffer = "classes-differ"
    }

    /// What is wrong.
    public let code: Code
    /// The file or folder that it is about.
    public let path: FilePath
    /// What was found, what was expected, and what to do; without the path.
    public let message: String
    /// The kind of failure when the operating system refused; otherwise it follows from the code.
    private let systemKind: FailureKind?

    /// Creates the error.
    public init(_ code: Code, _ path: FilePath, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
        systemKind = nil
    }

    /// The operating system refused `operation` on `path`.
    init(_ operation: FileError.Operation, _ path: FilePath, _ errno: Errno) {
        let error = FileError(operation, path, errno)
        code = .unreadable
        self.path = path
        message = String(error.description.dropFirst("\(path): ".count))
        systemKind = error.kind
    }

    /// Folders that do not fit the request are ``ZooCore/FailureKind/usage``; everything else is
    /// ``ZooCore/FailureKind/unreadable``, unless the disk refused.
    public var kind: FailureKind {
        if let systemKind { return systemKind }
        return switch code {
        case .badFolder, .emptyClass, .tooFewClasses, .classesDiffer, .sizesDiffer: .usage
        case .unreadable, .truncated, .corrupt, .unsupportedFormat, .tooLarge, .notAnImage: .unreadable
        }
    }

    /// The path and the message, in one line.
    public var description: String { "\(path): \(message)" }
}
