// Images a second of a network on zoo's engine, as one line of JSON:
//
//     swift run --package-path Benchmarks -c release NetworkSpeed resnet18 [BATCH] [SIZE] [THREADS] [--exact] [--bf16]
//
// Weights and images are random numbers; the time of a network does not depend on them. The median of seven rounds of
// at least one second each, after one that does not count: what pytorch/inference.py measures for PyTorch. The processor
// time of an image is of use where other programs run beside it; take one thread then.

import Glibc
import ZooCore
import ZooEngine
import ZooGraph
import ZooTensor

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
let parameters = Dictionary(
    uniqueKeysWithValues: graph.parameterSpecs.filter { !$0.isOptional }.map { spec in
        let isVariance = spec.name.hasSuffix("running_var")
        let values = (0..<spec.shape.elementCount).map { _ in
            isVariance ? 1 + generator.uniform() : (generator.uniform() - 0.5) * 0.1
        }
        return (spec.name, Tensor(values, shape: spec.shape))
    })
let plan = try InferencePlan(
    graph: graph, parameters: parameters, batchSize: batchSize, height: size, width: size,
    options: EngineOptions(threads: threads, exact: isExact, precision: precision))
let images = (0..<batchSize * 3 * size * size).map { _ in generator.uniform() }

var rates: [Double] = []
var costs: [Double] = []
for round in 0...7 {
    let clock = ContinuousClock.now
    let ticks = Glibc.clock()
    var count = 0
    while clock.secondsUntilNow < 1 {
        _ = try plan.run(images.span, count: batchSize)
        count += batchSize
    }
    guard round > 0 else { continue }
    rates.append(Double(count) / clock.secondsUntilNow)
    costs.append(Double(Glibc.clock() - ticks) / Double(CLOCKS_PER_SEC) / Double(count))
}
rates.sort()
costs.sort()
let fields = [
    "\"network\": \"\(name)\"", "\"batch\": \(batchSize)", "\"size\": \(size)", "\"threads\": \(threads)",
    "\"exact\": \(isExact)", "\"precision\": \"\(precision.rawValue)\"", "\"imagesPerSecond\": \((rates[3] * 10).rounded() / 10)",
    "\"fastestRound\": \((rates[6] * 10).rounded() / 10)", "\"arenaBytes\": \(plan.arenaByteCount)",
    "\"processorSecondsPerImage\": \((costs[3] * 1e5).rounded() / 1e5)",
]
print("{\(fields.joined(separator: ", "))}")
