public import SystemPackage
public import ZooCore
public import ZooImage

/// Something that says which class an image is of: one network, or several whose answers are put together.
///
/// A ``ClassifierLoader`` finds out which kind a file holds.
public protocol Classifier: Sendable {
    /// What it is, for people: `resnet18`, `an average of 3 networks`.
    var title: String { get }

    /// The names of the outputs, where they are known.
    var classes: [String]? { get }

    /// The tasks that the outputs are of, in order, where it answers several questions about an image; `nil` for one.
    var tasks: [LabelTask]? { get }

    /// How many outputs there are.
    var outputCount: Int { get }

    /// The file that it comes from.
    var path: FilePath { get }

    /// What tells its numbers from those of all others.
    ///
    /// - Complexity: O(bytes of the parameters).
    var weightsDigest: SHA256Digest { get }

    /// Whether images of any size can be given in one go. If not, only images of one size can.
    var hasFixedInputSize: Bool { get }

    /// The outputs for images that can be read, in the order of the samples: logits, or logarithms of probabilities;
    /// softmax makes probabilities of both.
    ///
    /// - Parameters:
    ///   - running: how the work is spread.
    ///   - view: how each image is looked at.
    ///   - onProgress: called with the number of images that are done; what it throws ends the work.
    /// - Throws: ``ZooEngine/EngineError``, ``ZooImage/ImageError`` if the images cannot form batches, and what
    ///   `onProgress` throws. Images that cannot be read are no error; they are named in
    ///   ``NetworkRunner/Outputs/failures``.
    func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs
}

extension Classifier {
    /// None: all outputs answer one question.
    public var tasks: [LabelTask]? { nil }

    /// The outputs for images as networks usually look at them; see ``logits(of:running:view:onProgress:)``.
    public func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        try logits(of: samples, running: running, view: .usual, onProgress: onProgress)
    }
}
