public import SystemPackage
public import ZooCore
public import ZooImage
import ZooRegistry
import ZooTensor

/// A head on the codes of one or several networks: joined, each source normalised, one head for all.
///
/// Also what a head becomes that is no layer of PyTorch's networks (neighbours, cosines, one of your own), with one source.
public struct CodesClassifier: Classifier {
    /// Where the codes come from, in the order in which they are joined.
    public let sources: [CodesSource]
    /// What tells the classes apart.
    public let head: any FeatureHead
    /// The names of the classes.
    public let classes: [String]?
    /// The file that it comes from; empty if it comes from none.
    public let path: FilePath

    /// A classifier.
    ///
    /// - Precondition: The head takes as many features as the sources give, and has an output for each class.
    public init(sources: [CodesSource], head: any FeatureHead, classes: [String], path: FilePath = "") {
        let count = sources.reduce(0) { $0 + $1.featureCount }
        precondition(count == head.featureCount, "\(count) features for a head that takes \(head.featureCount)")
        precondition(classes.count == head.classCount, "\(classes.count) classes, \(head.classCount) outputs")
        self.sources = sources
        self.head = head
        self.classes = classes
        self.path = path
    }

    /// The kind of head and the names of the networks.
    public var title: String { "\(type(of: head).kind) on \(sources.map(\.name).joined(separator: " + "))" }

    /// How many classes there are.
    public var outputCount: Int { head.classCount }

    /// The SHA-256 over all tensors.
    public var weightsDigest: SHA256Digest {
        var sum = SHA256()
        for (name, tensor) in tensors {
            let tensor = tensor.contiguous()
            sum.update(text: "\(name) \(tensor.dtype) \(tensor.shape)\n")
            sum.update(tensor.contiguousBytes)
        }
        return sum.finish()
    }

    /// Whether every source crops.
    public var hasFixedInputSize: Bool { sources.allSatisfy { $0.body?.preprocessing.crop != nil } }

    /// The head's logits.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) if codes of a source are computed elsewhere; else as every classifier.
    public func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        let bodies = sources.compactMap(\.body)
        guard bodies.count == sources.count else {
            throw TrainingError(
                .unfitCheckpoint,
                "\(path): this is a head on codes that were computed elsewhere (\(wanted)); give them with --features")
        }
        var outputs: [NetworkRunner.Outputs] = []
        for (number, body) in bodies.enumerated() {
            outputs.append(
                try body.codes(of: samples, running: running, view: view) { done in
                    try onProgress((number * samples.count + done) / bodies.count)
                })
        }
        let (indices, parts) = Self.common(outputs)
        return NetworkRunner.Outputs(
            rows: logits(ofCodes: parts), sampleIndices: indices, failures: outputs[0].failures,
            slowLayers: outputs.flatMap(\.slowLayers))
    }

    /// The logits of codes that are there already.
    ///
    /// - Parameter codes: The codes of each source, `N × featureCount`, all of the same images.
    /// - Precondition: There is a matrix for each source, of its size.
    public func logits(ofCodes codes: [Matrix]) -> Matrix {
        precondition(codes.count == sources.count, "\(codes.count) matrices for \(sources.count) sources")
        let parts = zip(sources, codes).map { source, codes in source.normalisation?(codes) ?? codes }
        return head.logits(of: Matrix(sideBySide: parts))
    }

    /// What codes are wanted, for people.
    public var wanted: String {
        sources.map { "\($0.featureCount) numbers of \($0.name)" }.joined(separator: ", then ")
    }

    /// The images that every source could read, and their rows.
    static func common(_ outputs: [NetworkRunner.Outputs]) -> (indices: [Int], parts: [Matrix]) {
        let first = outputs[0].sampleIndices
        guard outputs.contains(where: { $0.sampleIndices != first }) else { return (first, outputs.map(\.rows)) }
        let all = outputs.dropFirst().reduce(Set(first)) { $0.intersection($1.sampleIndices) }
        return (
            first.filter(all.contains),
            outputs.map { output in
                output.rows.gatheringRows(
                    output.sampleIndices.indices.filter { all.contains(output.sampleIndices[$0]) })
            }
        )
    }
}
