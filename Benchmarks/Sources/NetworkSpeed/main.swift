// Images a second of a network on zoo's engine, as one line of JSON:
//
//     swift run --package-path Benchmarks -c release NetworkSpeed resnet18 [BATCH] [SIZE] [THREADS] [--exact] [--bf16|--int8]
//
// Weights and images are random numbers; the time of a network does not depend on them. The median of seven rounds of
// at least one second each, after one that does not count: what pytorch/inference.py measures for PyTorch. The processor
// time of an image is of use where other programs run beside it; take one thread then. `--minutes N` runs that long and
// reports memory and speed every minute; `--batches N` is for profile.py.

import Measuring
import ZooEngine

let arguments = NetworkArguments()
let (graph, weights, images) = try arguments.network()
let plan = try InferencePlan(
    graph: graph, parameters: weights, batchSize: arguments.batchSize, height: arguments.size, width: arguments.size,
    options: arguments.options(for: graph, weights, calibratedBy: images))
let batch = { [plan, images, arguments] in _ = try plan.run(images.span, count: arguments.batchSize) }

if let minutes = arguments.minutes {
    try arguments.endure(minutes: minutes, "inference", batch)
} else if let count = arguments.batchCount {
    try arguments.profile(batches: count, batch)
} else {
    let measurement = try Measurement(rounds: 7, imagesPerBatch: arguments.batchSize, batch)
    let memory = ["\"arenaBytes\": \(plan.arenaByteCount)", "\"residentBytes\": \(Measurement.residentBytes)"]
    print("{\((arguments.fields + measurement.fields + memory).joined(separator: ", "))}")
}
