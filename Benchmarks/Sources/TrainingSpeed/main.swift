// Images a second of full fine-tuning on zoo's engine, as one line of JSON:
//
//     swift run --package-path Benchmarks -c release TrainingSpeed resnet18 [BATCH] [SIZE] [THREADS] [--exact] [--bf16]
//
// A step is forward, cross-entropy, backward, and SGD with momentum on every parameter; batch norms in training mode. The
// median of five rounds of at least two steps and a second each, after one that does not count: what
// pytorch/training.py measures for PyTorch.

import ZooCore
import ZooEngine
import ZooGraph
import ZooTensor
import ZooTraining

let isExact = CommandLine.arguments.contains("--exact")
let precision = CommandLine.arguments.contains("--bf16") ? Precision.bfloat16 : .float32
let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
let number = { [arguments] (index: Int, usual: Int) in
    arguments.indices.contains(index) ? Int(arguments[index]) ?? usual : usual
}
let name = arguments.first ?? "resnet18"
let batchSize = number(1, 32)
let size = number(2, 224)
let threads = number(3, WorkerThreads.processorCount)

var generator = SeededGenerator(seed: 1)
let graph = try Architecture.graph(named: name, classes: 1000)
let weights = Dictionary(
    uniqueKeysWithValues: graph.parameterSpecs.map { spec in
        let isVariance = spec.name.hasSuffix("running_var")
        let isWeight = spec.shape.rank > 1
        let fan = Float(spec.shape.sizes.dropFirst().reduce(1, *))
        let values = (0..<spec.shape.elementCount).map { _ in
            isVariance || !isWeight ? 0.5 + generator.uniform() : (generator.uniform() - 0.5) * 4 / fan.squareRoot()
        }
        return (spec.name, Tensor(values, shape: spec.shape))
    })
let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph))
let plan = try TrainingPlan(
    parameters, batchSize: batchSize, height: size, width: size,
    options: EngineOptions(threads: threads, exact: isExact, precision: precision))
let images = (0..<batchSize * 3 * size * size).map { _ in generator.uniform() }
let labels = (0..<batchSize).map { $0 % 1000 }

/// The network's parameters and the optimiser that moves them.
final class Trainer {
    private var optimiser: Optimiser

    init(_ names: [String]) {
        let options = SGD.Options(learningRate: 1e-4, momentum: 0.9, weightDecay: 0)
        optimiser = Optimiser([.init("everything", .sgd(options), Set(names))])
    }

    func step(
        _ plan: TrainingPlan, _ parameters: TrainableParameters, _ images: [Float], _ labels: [Int]
    ) throws {
        let logits = Matrix(
            rowCount: plan.batchSize, columnCount: plan.outputCount, values: try plan.forward(images.span))
        let loss = CrossEntropy.evaluate(logits: logits, labels: labels)
        try plan.backward(loss.gradient.values.span)
        parameters.update { name, values, gradient in
            optimiser.step(name, &values, gradient: gradient)
        }
    }
}

let trainer = Trainer(parameters.names)
var rates: [Double] = []
for round in 0...5 {
    let clock = ContinuousClock.now
    var count = 0
    while count < 2 || clock.secondsUntilNow < 1 {
        try trainer.step(plan, parameters, images, labels)
        count += 1
    }
    if round > 0 { rates.append(Double(count * batchSize) / clock.secondsUntilNow) }
}
rates.sort()
let fields = [
    "\"network\": \"\(name)\"", "\"batch\": \(batchSize)", "\"size\": \(size)", "\"threads\": \(threads)",
    "\"exact\": \(isExact)", "\"precision\": \"\(precision.rawValue)\"",
    "\"imagesPerSecond\": \((rates[2] * 10).rounded() / 10)",
    "\"fastestRound\": \((rates[4] * 10).rounded() / 10)", "\"arenaBytes\": \(plan.arenaByteCount)",
    "\"slowLayers\": \(plan.slowLayers.count)",
]
print("{\(fields.joined(separator: ", "))}")
