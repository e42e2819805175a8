import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// Teaches a network that is being trained: the losses besides the labels', and what they need of the network.
///
/// Where features are taught, the output layer of the network in training is larger: behind the student's classes it gives
/// the map of the student's features onto the teacher's. ``student(_:)`` cuts that off again.
final class Distiller {
    /// The network that is trained.
    let graph: Graph
    private let distillation: Distillation
    private let head: Graph.Head
    /// How many features of the teacher the network imitates.
    private let featureCount: Int
    /// For each training image whether its label counts.
    private let hasLabel: [Bool]
    private var teacher: Teacher?
    /// What the teacher said of each training image, where it always sees the same pixels.
    private var kept: [Int: Teacher.Answer]?

    private var settings: Distillation.Settings { distillation.settings }

    /// - Parameters:
    ///   - student: the network with an output for each class of the data.
    ///   - train: the training images.
    ///   - keepsAnswers: whether a training image has the same pixels every time.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for a student that has no features to be taught.
    init(
        _ distillation: Distillation, student: Graph, train: [ImageSample], keepsAnswers: Bool
    ) throws {
        guard let head = student.head else {
            throw TrainingError(.unfitCheckpoint, "\(student.name) has no output layer to be taught")
        }
        self.distillation = distillation
        self.head = head
        featureCount = distillation.settings.featureWeight > 0 ? distillation.teacher.head.inputFeatures : 0
        if featureCount > 0, head.isConvolution {
            throw TrainingError(
                .unfitCheckpoint,
                "the output layer of \(student.name) is a convolution, so it has no features to compare; leave out "
                    + "--feature-weight")
        }
        graph =
            featureCount > 0
            ? try student.replacingHead(outputs: head.outputs + featureCount) : student
        hasLabel = train.map { !distillation.unlabelled.contains($0.path) }
        kept = keepsAnswers ? [:] : nil
    }

    // MARK: Parameters

    /// The parameters to begin with: the map of features is the identity where there are as many, and random elsewhere.
    func starting(_ tensors: [String: Tensor], seed: UInt64) throws -> [String: Tensor] {
        guard featureCount > 0, let weight = tensors["\(head.prefix).weight"] else { return tensors }
        var generator = SeededGenerator(seed: seed, stream: 1 << 44)
        var map = HeadInitialisation.xavier.draw(
            featureCount: head.inputFeatures, classCount: featureCount, hasBias: false, generator: &generator
        ).weight
        if featureCount == head.inputFeatures {
            map = Matrix(zeros: featureCount, featureCount)
            for index in 0..<featureCount { map.values[index * featureCount + index] = 1 }
        }
        var tensors = tensors
        tensors["\(head.prefix).weight"] = Tensor(
            try weight.float32Values() + map.values, shape: [head.outputs + featureCount, head.inputFeatures])
        if let bias = tensors["\(head.prefix).bias"] {
            let zeros = [Float](repeating: 0, count: featureCount)
            tensors["\(head.prefix).bias"] = Tensor(
                try bias.float32Values() + zeros, shape: [head.outputs + featureCount])
        }
        return tensors
    }

    /// The parameters of the student alone.
    func student(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
        guard featureCount > 0 else { return tensors }
        var tensors = tensors
        for (name, width) in [("weight", head.inputFeatures), ("bias", 1)] {
            guard let tensor = tensors["\(head.prefix).\(name)"] else { continue }
            let values = Array(try tensor.float32Values().prefix(head.outputs * width))
            tensors["\(head.prefix).\(name)"] = Tensor(
                values, shape: name == "bias" ? [head.outputs] : [head.outputs, width])
        }
        return tensors
    }

    // MARK: Teaching

    /// What the teacher says of a batch.
    ///
    /// - Parameters:
    ///   - pixels: the student's, augmented and mixed.
    ///   - images: which training images they are.
    func ask(
        _ pixels: Span<Float>, images: [Int], batchSize: Int, plan: TrainingPlan, preprocessing: Preprocessing
    ) throws -> Teacher.Answer {
        if let kept, images.allSatisfy({ kept[$0] != nil }) {
            let known = images.compactMap { kept[$0] }
            return Teacher.Answer(
                logits: Matrix(joining: known.map(\.logits)), features: Matrix(joining: known.map(\.features)))
        }
        if teacher == nil {
            teacher = try Teacher(
                distillation, batchSize: batchSize, height: plan.imageShape[1], width: plan.imageShape[2],
                student: preprocessing, options: plan.options)
        }
        guard let answer = try teacher?.answer(pixels, count: images.count) else {
            preconditionFailure("the teacher was made above")
        }
        if kept != nil { for (row, image) in images.enumerated() { kept?[image] = answer.rows([row]) } }
        return answer
    }

    /// All losses of a batch together, and the student's logits alone.
    ///
    /// - Parameters:
    ///   - outputs: what ``graph`` gave.
    ///   - targets: what the rows should be taken for.
    ///   - images: which training images they are.
    ///   - isMixed: whether each image is mixed with the one before it.
    /// - Returns: A result whose gradient is by `outputs`, and `N × classes`.
    func evaluate(
        _ outputs: Matrix, _ targets: Targets, _ loss: Loss, taught: Teacher.Answer, images: [Int], isMixed: Bool
    ) -> (result: LossResult, logits: Matrix) {
        let logits = outputs.gatheringColumns(0..<head.outputs)
        let soft = SoftTargetLoss(temperature: settings.temperature).evaluate(student: logits, teacher: taught.logits)
        var gradient = soft.gradient.scaled(by: Float(1 - settings.labelWeight))
        var mean = soft.mean * (1 - settings.labelWeight)
        let labelled = images.indices.filter { row in
            let before = row == 0 ? images.count - 1 : row - 1
            return hasLabel[images[row]] && (!isMixed || hasLabel[images[before]])
        }
        if settings.labelWeight > 0, !labelled.isEmpty {
            let hard = loss.evaluate(logits: logits.gatheringRows(labelled), targets: targets.rows(labelled))
            mean += hard.mean * settings.labelWeight
            for (place, row) in labelled.enumerated() {
                for column in 0..<head.outputs {
                    gradient.values[row * head.outputs + column] +=
                        hard.gradient.values[place * head.outputs + column] * Float(settings.labelWeight)
                }
            }
        }
        if featureCount > 0 {
            let features = featureLoss(outputs.gatheringColumns(head.outputs..<outputs.columnCount), taught.features)
            mean += features.mean
            gradient = gradient.joinedByColumns(with: features.gradient)
        }
        let count = Double(outputs.rowCount)
        return (
            LossResult(
                lossSum: mean * count, weight: count, correctCount: soft.correctCount, gradient: gradient), logits
        )
    }

    /// The mean square of the differences, times its weight.
    private func featureLoss(_ mapped: Matrix, _ wanted: Matrix) -> (mean: Double, gradient: Matrix) {
        var gradient = Matrix(zeros: mapped.rowCount, mapped.columnCount)
        let scale = settings.featureWeight / Double(max(mapped.values.count, 1))
        var sum = 0.0
        for index in mapped.values.indices {
            let difference = Double(mapped.values[index]) - Double(wanted.values[index])
            sum += difference * difference
            gradient.values[index] = Float(2 * difference * scale)
        }
        return (sum * scale, gradient)
    }
}

extension Targets {
    /// The targets of some rows.
    fileprivate func rows(_ indices: [Int]) -> Targets {
        switch self {
        case .classes(let labels): .classes(indices.map { labels[$0] })
        case .shares(let matrix): .shares(matrix.gatheringRows(indices))
        }
    }
}

extension Matrix {
    /// Matrices below each other.
    fileprivate init(joining parts: [Matrix]) {
        self.init(
            rowCount: parts.reduce(0) { $0 + $1.rowCount }, columnCount: parts.first?.columnCount ?? 0,
            values: parts.flatMap(\.values))
    }

    /// Two matrices beside each other.
    fileprivate func joinedByColumns(with other: Matrix) -> Matrix {
        Matrix(
            rowCount: rowCount, columnCount: columnCount + other.columnCount,
            values: (0..<rowCount).flatMap { row($0) + other.row($0) })
    }
}
