public import ZooTensor

/// A classifier of features ("CNN codes"): what takes the place of a network's output layer.
///
/// Conform to it, and to ``HeadMethod``, to add a head; zoo then trains, judges, writes and reads it like its own
/// (`Examples/OwnHead`). A head is a value: what it knows is in ``tensors`` and ``settings``, and the same two make it again.
public protocol FeatureHead: Sendable {
    /// What a file calls this kind of head, such as `knn`; no two kinds have the same.
    static var kind: String { get }
    /// How many numbers the features of an image are.
    var featureCount: Int { get }
    /// How many classes it tells apart.
    var classCount: Int { get }
    /// What a file keeps of it, by the names that it has there behind `head.`.
    var tensors: [(name: String, tensor: Tensor)] { get }
    /// The settings that it was made with and needs again, as text by name.
    var settings: [String: String] { get }

    /// The head that a file keeps.
    ///
    /// - Parameters:
    ///   - tensors: Those of ``tensors``; whatever a file says, so any may be missing or of another shape.
    ///   - settings: Those of ``settings``, likewise.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`), or another error, for what makes no head.
    init(tensors: [String: Tensor], settings: [String: String]) throws

    /// The logits of each row: softmax of them are probabilities, the largest one is at the class that the image is taken
    /// for.
    ///
    /// - Parameter features: `N × featureCount`.
    /// - Returns: `N × classCount`, finite.
    func logits(of features: Matrix) -> Matrix
}

/// A way to make a head from features and their labels, in one go: the features are all there, and do not change.
///
/// ```swift
/// struct NearestMedian: HeadMethod {
///     func fit(_ train: FeatureSet, classCount: Int, seed: UInt64, onStep: (Double) throws -> Void) throws -> MedianHead
/// }
/// ```
///
/// A method that gives a ``LinearHead`` makes an ordinary checkpoint of the network; any other head is written beside the
/// rest of the network.
public protocol HeadMethod: Sendable, Hashable {
    /// What it makes.
    associatedtype Head: FeatureHead

    /// Makes a head.
    ///
    /// - Parameters:
    ///   - train: The features of the training images with their classes, those of all augmented copies.
    ///   - classCount: How many classes there are; some may have no image.
    ///   - seed: What chance follows from, where there is any.
    ///   - onStep: Called now and then with what is made small, where something is; what it throws ends the work.
    /// - Throws: ``TrainingError`` (`unusableData`, `diverged`) or another error if no head can be made.
    func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64, onStep: (Double) throws -> Void
    ) throws -> Head
}

extension FeatureHead {
    /// The head whose tensors have names behind a prefix and a dot.
    init(states: [String: Tensor], prefix: String, settings: [String: String]) throws {
        let own = states.filter { $0.key.hasPrefix("\(prefix).") }
        try self.init(
            tensors: Dictionary(own.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) }) { $1 },
            settings: settings)
    }
}

/// The tensors and settings of a head in a file, checked as they are taken.
struct HeadParts {
    let kind: String
    let tensors: [String: Tensor]
    let settings: [String: String]

    /// A matrix of any size; of `rows` rows or `columns` columns where those are given.
    func matrix(_ name: String, rows: Int? = nil, columns: Int? = nil) throws -> Matrix {
        guard let tensor = tensors[name] else { throw unfit("'\(name)' is missing") }
        let shape = tensor.shape
        guard tensor.dtype == .float32, shape.rank == 2, shape[0] == rows ?? shape[0],
            shape[1] == columns ?? shape[1], shape.elementCount > 0
        else {
            let wanted = "\(rows.map { "\($0)" } ?? "n")×\(columns.map { "\($0)" } ?? "n")"
            throw unfit("'\(name)' is \(tensor.dtype) \(shape) where float32 \(wanted) is expected")
        }
        return Matrix(rowCount: shape[0], columnCount: shape[1], values: try tensor.float32Values())
    }

    /// A vector of `count` numbers; none if it may be missing and is.
    func vector(_ name: String, count: Int, isOptional: Bool = false) throws -> [Float] {
        guard let tensor = tensors[name] else {
            if isOptional { return [] }
            throw unfit("'\(name)' is missing")
        }
        guard tensor.dtype == .float32, tensor.shape == [count] else {
            throw unfit("'\(name)' is \(tensor.dtype) \(tensor.shape) where float32 \(count) is expected")
        }
        return try tensor.float32Values()
    }

    /// A setting that `read` understands.
    func setting<Value>(_ name: String, _ read: (String) -> Value?) throws -> Value {
        guard let text = settings[name] else { throw unfit("the setting '\(name)' is missing") }
        guard let value = read(text) else { throw unfit("the setting '\(name)' makes no sense: '\(text)'") }
        return value
    }

    func unfit(_ complaint: String) -> TrainingError {
        TrainingError(.unfitCheckpoint, "the head '\(kind)' of the checkpoint cannot be used: \(complaint)")
    }
}
