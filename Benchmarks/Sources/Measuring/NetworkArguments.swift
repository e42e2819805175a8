import Glibc
import ZooCore
import ZooEngine
import ZooGraph
import ZooTensor

/// What the command line of a benchmark of networks says:
/// `NETWORK [BATCH] [SIZE] [THREADS] [--exact] [--bf16|--int8] [--minutes N] [--batches N]`.
public struct NetworkArguments {
    /// The architecture.
    public private(set) var name = "resnet18"
    /// The images of a batch.
    public private(set) var batchSize = 32
    /// The side of an image.
    public private(set) var size = 224
    /// The threads of the engine.
    public private(set) var threads = WorkerThreads.processorCount
    /// Whether convolutions are direct.
    public private(set) var isExact = false
    /// The type of what lies between images and result.
    public private(set) var precision = Precision.float32
    /// Whether convolutions compute with 8-bit integers.
    public private(set) var isInteger = false
    /// How long an endurance run takes, if one was asked for.
    public private(set) var minutes: Double?
    /// How many batches a profiled run takes, if one was asked for.
    public private(set) var batchCount: Int?

    /// Reads the command line; ends the program where it cannot.
    public init() {
        var words = CommandLine.arguments.dropFirst()
        var position = 0
        while let word = words.popFirst() {
            switch word {
            case "--exact": isExact = true
            case "--bf16": precision = .bfloat16
            case "--int8": isInteger = true
            case "--minutes": minutes = Self.number(words.popFirst(), of: word)
            case "--batches": batchCount = Self.number(words.popFirst(), of: word)
            case let option where option.hasPrefix("-"): Self.refuse("unknown option \(option)")
            default:
                switch position {
                case 0: name = word
                case 1: batchSize = Self.number(word, of: "BATCH")
                case 2: size = Self.number(word, of: "SIZE")
                case 3: threads = Self.number(word, of: "THREADS")
                default: Self.refuse("unexpected argument '\(word)'")
                }
                position += 1
            }
        }
    }

    /// The engine's settings.
    public var options: EngineOptions { EngineOptions(threads: threads, exact: isExact, precision: precision) }

    /// The engine's settings for inference: with integers where they were asked for, calibrated by `images`.
    public func options(
        for graph: Graph, _ weights: [String: Tensor], calibratedBy images: [Float]
    ) throws -> EngineOptions {
        guard isInteger else { return options }
        let calibrator = try Int8Calibrator(graph: graph, parameters: weights, options: options)
        for pass in Int8Calibrator.Pass.allCases {
            calibrator.begin(pass)
            try calibrator.observe(images.span, count: batchSize, height: size, width: size)
        }
        var options = options
        options.calibration = try calibrator.calibration()
        return options
    }

    /// What was measured, for the first fields of a line of JSON.
    public var fields: [String] {
        [
            "\"network\": \"\(name)\"", "\"batch\": \(batchSize)", "\"size\": \(size)", "\"threads\": \(threads)",
            "\"exact\": \(isExact)", "\"precision\": \"\(isInteger ? "int8" : precision.rawValue)\"",
        ]
    }

    /// The network and random weights: its time does not depend on them, but no number may grow or vanish on the way.
    public func network() throws -> (graph: Graph, weights: [String: Tensor], images: [Float]) {
        var generator = SeededGenerator(seed: 1)
        let graph = try Architecture.graph(named: name, classes: 1000)
        var weights: [String: Tensor] = [:]
        for spec in graph.parameterSpecs where !spec.isOptional {
            let fan = Float(spec.shape.sizes.dropFirst().reduce(1, *))
            let values = (0..<spec.shape.elementCount).map { _ in
                spec.shape.rank > 1 ? (generator.uniform() - 0.5) * 4 / fan.squareRoot() : 0.5 + generator.uniform()
            }
            weights[spec.name] = Tensor(values, shape: spec.shape)
        }
        return (graph, weights, (0..<batchSize * 3 * size * size).map { _ in generator.uniform() })
    }

    private static func number<Number: LosslessStringConvertible & Comparable & Numeric>(
        _ word: String?, of name: String
    ) -> Number {
        guard let word, let number = Number(word), number > 0 else {
            refuse("\(name) takes a positive number, not '\(word ?? "")'")
        }
        return number
    }

    private static func refuse(_ message: String) -> Never {
        let text =
            "\(message)\nusage: NETWORK [BATCH] [SIZE] [THREADS] [--exact] [--bf16|--int8] [--minutes N] [--batches N]\n"
        _ = text.withCString { write(2, $0, strlen($0)) }
        exit(2)
    }
}
