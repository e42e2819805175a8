// Milliseconds of processor time that a step of every optimiser takes, as lines of JSON:
//
//     swift run --package-path Benchmarks -c release OptimiserSpeed [PARAMETERS]
//
// One parameter of 11,689,512 numbers, as many as ResNet-18 has; the median of 15 steps after two that do not count.

import Glibc
import ZooTraining

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 11_689_512

func processorMilliseconds() -> Double {
    Double(clock()) * 1e3 / Double(CLOCKS_PER_SEC)
}

let momentum = SGD.Options(learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4)
var nesterov = momentum
nesterov.nesterov = true
let rules: [(String, UpdateRule)] = [
    ("sgd", .sgd(SGD.Options(learningRate: 0.01, momentum: 0, weightDecay: 0))), ("sgd, momentum", .sgd(momentum)),
    ("sgd, nesterov", .sgd(nesterov)), ("adam", .adam(Adam.Options(weightDecay: 1e-4))),
    ("adamw", .adam(Adam.Options(weightDecay: 0.01, decouplesDecay: true))),
    ("adam, amsgrad", .adam(Adam.Options(amsgrad: true))),
]
var values = (0..<count).map { Float($0 % 1000) / 1000 - 0.5 }
let gradient = (0..<count).map { Float($0 % 777) / 777 - 0.5 }
for (name, rule) in rules {
    var optimiser = rule.makeParameterOptimiser()
    var times: [Double] = []
    for step in 0..<17 {
        let start = processorMilliseconds()
        var span = values.mutableSpan
        optimiser.step(&span, gradient: gradient.span)
        if step > 1 { times.append(processorMilliseconds() - start) }
    }
    let median = (times.sorted()[7] * 10).rounded() / 10
    print("{\"optimiser\": \"\(name)\", \"parameters\": \(count), \"processorMilliseconds\": \(median)}")
}
