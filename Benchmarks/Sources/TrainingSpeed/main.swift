// Images a second of full fine-tuning on zoo's engine, as one line of JSON:
//
//     swift run --package-path Benchmarks -c release TrainingSpeed resnet18 [BATCH] [SIZE] [THREADS] [--exact] [--bf16]
//
// A step is forward, cross-entropy, backward, and SGD with momentum on every parameter; batch norms in training mode. The
// median of five rounds of at least two steps and a second each, after one that does not count: what
// pytorch/training.py measures for PyTorch. `--minutes N` and `--batches N` as for NetworkSpeed.

import Measuring
import ZooEngine
import ZooTraining

/// The network's parameters and the optimiser that moves them.
final class Trainer {
    private let plan: TrainingPlan
    private let parameters: TrainableParameters
    private let images: [Float]
    private let labels: [Int]
    private var optimiser: Optimiser

    init(_ plan: TrainingPlan, _ parameters: TrainableParameters, _ images: [Float]) {
        (self.plan, self.parameters, self.images) = (plan, parameters, images)
        labels = (0..<plan.batchSize).map { $0 % plan.outputCount }
        let options = SGD.Options(learningRate: 1e-4, momentum: 0.9, weightDecay: 0)
        optimiser = Optimiser([.init("everything", .sgd(options), Set(parameters.names))])
    }

    func step() throws {
        let images = images
        let output = try plan.forward(images.span)
        let logits = Matrix(rowCount: plan.batchSize, columnCount: plan.outputCount, values: output)
        let loss = CrossEntropy.evaluate(logits: logits, labels: labels)
        try plan.backward(loss.gradient.values.span)
        parameters.update { name, values, gradient in
            optimiser.step(name, &values, gradient: gradient)
        }
    }
}

let arguments = NetworkArguments()
/// The weights that training began with are let go: PyTorch has no second copy either.
func makeParameters(_ arguments: NetworkArguments) throws -> (TrainableParameters, images: [Float]) {
    let (graph, weights, images) = try arguments.network()
    return (try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph)), images)
}

let (parameters, images) = try makeParameters(arguments)
let plan = try TrainingPlan(
    parameters, batchSize: arguments.batchSize, height: arguments.size, width: arguments.size,
    options: arguments.options)
let trainer = Trainer(plan, parameters, images)
let step = { [trainer] in try trainer.step() }

if let minutes = arguments.minutes {
    try arguments.endure(minutes: minutes, "training step", step)
} else if let count = arguments.batchCount {
    try arguments.profile(batches: count, step)
} else {
    let measurement = try Measurement(rounds: 5, minimum: 2, imagesPerBatch: arguments.batchSize, step)
    let memory = [
        "\"arenaBytes\": \(plan.arenaByteCount)", "\"residentBytes\": \(Measurement.residentBytes)",
        "\"slowLayers\": \(plan.slowLayers.count)",
    ]
    print("{\((arguments.fields + measurement.fields + memory).joined(separator: ", "))}")
}
