import ZooEngine
import ZooGraph
import ZooRegistry
import ZooTensor

/// A network that says what it sees in the images that a student is shown.
///
/// It runs as in inference. Its pixels are the student's, normalised as the teacher wants them.
struct Teacher {
    /// What it says of some images.
    struct Answer {
        /// `N × classes` of the data.
        var logits: Matrix
        /// What its output layer takes, `N × features`; without columns where nobody asks for it.
        var features: Matrix

        /// The answers of some rows.
        func rows(_ indices: [Int]) -> Answer {
            Answer(logits: logits.gatheringRows(indices), features: features.gatheringRows(indices))
        }
    }

    private let plan: InferencePlan
    private let outputs: [Int]
    /// The output layer by itself, where features are asked for.
    private let head: (weight: Matrix, bias: [Float])?
    private let scale: [Float]
    private let shift: [Float]

    /// - Parameters:
    ///   - batchSize: how many images it sees at most at a time. One image's answer has the same bits whatever others it is
    ///     shown with.
    ///   - preprocessing: what the student's images go through.
    /// - Throws: ``ZooEngine/EngineError``, `wrongInput` for images of a size that the teacher cannot take.
    init(
        _ distillation: Distillation, batchSize: Int, height: Int, width: Int, student preprocessing: Preprocessing,
        options: EngineOptions
    ) throws {
        let teacher = distillation.teacher
        let givesFeatures = distillation.settings.featureWeight > 0
        plan = try InferencePlan(
            graph: givesFeatures ? try teacher.graph.featureExtractor() : teacher.graph,
            parameters: teacher.parameters, batchSize: batchSize, height: height, width: width, options: options)
        outputs = distillation.outputs
        head = givesFeatures ? try teacher.classifier() : nil
        let wanted = teacher.preprocessing
        scale = preprocessing.std.indices.map { preprocessing.std[$0] / wanted.std[$0] }
        shift = preprocessing.mean.indices.map { (preprocessing.mean[$0] - wanted.mean[$0]) / wanted.std[$0] }
    }

    /// - Parameter pixels: `count×3×H×W`, normalised for the student.
    func answer(_ pixels: Span<Float>, count: Int) throws -> Answer {
        let values: [Float]
        if scale.allSatisfy({ $0 == 1 }), shift.allSatisfy({ $0 == 0 }) {
            values = try plan.run(pixels, count: count)
        } else {
            values = try plan.run(renormalised(pixels, count: count).span, count: count)
        }
        let rows = Matrix(rowCount: count, columnCount: plan.outputShape.elementCount, values: values)
        guard let head else {
            return Answer(logits: rows.gatheringColumns(outputs), features: Matrix(zeros: count, 0))
        }
        var logits = Matrix.product(rows, .asIs, head.weight, .transposed)
        if !head.bias.isEmpty {
            for index in logits.values.indices { logits.values[index] += head.bias[index % head.bias.count] }
        }
        return Answer(logits: logits.gatheringColumns(outputs), features: rows)
    }

    private func renormalised(_ pixels: Span<Float>, count: Int) -> [Float] {
        let plane = plan.imageShape[1] * plan.imageShape[2]
        return (0..<pixels.count).map { index in
            let channel = index / plane % scale.count
            return pixels[index] * scale[channel] + shift[channel]
        }
    }
}
