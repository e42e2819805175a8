public import SystemPackage
import ZooGraph
public import ZooImage

/// What a network, the student, is taught by another one, the teacher, besides the labels of its images or in their place.
///
/// The student's probabilities shall be those of the teacher, both softened by a temperature: Hinton, Vinyals and Dean,
/// *Distilling the Knowledge in a Neural Network* (2015). On request its features shall be the teacher's too, by way of a
/// linear map that is learnt and thrown away: Romero and others, *FitNets* (2015), here of what the output layers take.
public struct Distillation: Sendable {
    /// How much of what is taught.
    public struct Settings: Sendable, Hashable {
        /// T: logits are divided by it before their softmax; the loss is multiplied by T², so that its gradients are as
        /// large for every temperature.
        public var temperature = 4.0
        /// How much the loss of the labels counts, from 0 to 1; the teacher's probabilities count the rest.
        public var labelWeight = 0.1
        /// How much the mean square of the features' differences counts, in addition.
        public var featureWeight = 0.0

        /// The defaults of `zoo distill`.
        public init() {}
    }

    /// Who teaches.
    public let teacher: PretrainedNetwork
    /// For each class of the data, the teacher's output that stands for it.
    public let outputs: [Int]
    /// How much of what is taught.
    public let settings: Settings
    /// The training images whose labels say only what the teacher takes them for, and so do not count.
    public let unlabelled: Set<FilePath>

    /// Something to be taught.
    ///
    /// - Parameters:
    ///   - outputs: for each class of the data, the teacher's output; see ``Evaluation/outputs(for:of:)``.
    ///   - unlabelled: training images whose labels are to be passed over.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for a teacher without an output layer, or whose features are asked
    ///   for where its output layer is a convolution; `classMismatch` for a teacher of several tasks.
    public init(
        teacher: PretrainedNetwork, outputs: [Int], settings: Settings = Settings(), unlabelled: Set<FilePath> = []
    ) throws(TrainingError) {
        guard teacher.hasHead else {
            throw TrainingError(.unfitCheckpoint, "\(teacher.path): a network without its output layer teaches nothing")
        }
        try teacher.requireOneQuestion()
        if settings.featureWeight > 0 { try Self.requireLinearHead(teacher) }
        self.teacher = teacher
        self.outputs = outputs
        self.settings = settings
        self.unlabelled = unlabelled
    }

    /// Features are compared where a linear layer takes them.
    static func requireLinearHead(_ network: PretrainedNetwork) throws(TrainingError) {
        guard network.head.isConvolution else { return }
        throw TrainingError(
            .unfitCheckpoint,
            "\(network.path): the output layer of \(network.graph.name) is a convolution, so it has no features to compare; "
                + "leave out --feature-weight")
    }

    /// The class that the teacher takes each image for, among those of the data; 0 for one that cannot be read.
    ///
    /// - Parameter onProgress: called with the number of images done after each batch; what it throws ends the work.
    /// - Throws: As ``NetworkRunner/run(_:augmentation:seed:streams:onProgress:)``.
    public func labels(
        of samples: [ImageSample], running: NetworkRunner.Options, onProgress: (Int) throws -> Void = { _ in }
    ) throws -> [Int] {
        let results = try NetworkRunner(
            graph: teacher.graph, parameters: teacher.parameters, preprocessing: teacher.preprocessing,
            options: running
        ).run(samples, onProgress: onProgress)
        let logits = results.rows.gatheringColumns(outputs)
        var labels = Array(repeating: 0, count: samples.count)
        for (row, sample) in results.sampleIndices.enumerated() {
            labels[sample] = logits.values.span.indexOfLargest(row * logits.columnCount, logits.columnCount)
        }
        return labels
    }
}

extension Matrix {
    /// A new matrix with copies of the columns at `indices`, in that order.
    ///
    /// - Complexity: O(rows · `indices.count`).
    func gatheringColumns(_ indices: some Collection<Int>) -> Matrix {
        var gathered: [Float] = []
        gathered.reserveCapacity(rowCount * indices.count)
        for row in 0..<rowCount { for column in indices { gathered.append(values[row * columnCount + column]) } }
        return Matrix(rowCount: rowCount, columnCount: indices.count, values: gathered)
    }
}
