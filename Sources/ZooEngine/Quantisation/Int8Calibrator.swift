public import ZooGraph
public import ZooTensor

/// Measures how large the results of a network's layers become, so that it can be run with 8-bit integers.
///
/// Every image is looked at twice: first for the largest magnitudes, then for how many there are of each.
///
/// ```swift
/// let calibrator = try Int8Calibrator(graph: graph, parameters: weights)
/// for pass in Int8Calibrator.Pass.allCases {
///     calibrator.begin(pass)
///     try calibrator.observe(images.span, count: 32, height: 224, width: 224)
/// }
/// options.calibration = try calibrator.calibration()
/// ```
///
/// Not for several threads at once.
public final class Int8Calibrator {
    /// Once over all images.
    public enum Pass: Sendable, CaseIterable {
        /// For the largest magnitude of each result.
        case largest
        /// For how many magnitudes there are of each size.
        case counts
    }

    /// What 8 bits make of a result.
    public struct Result: Sendable, Hashable {
        /// The name of the node whose result it is.
        public let name: String
        /// The largest magnitude that was seen.
        public let largest: Float
        /// The largest magnitude that the integers cover.
        public let limit: Float
        /// How strong the result is beside what rounding and cutting off change, in decibels; `nil` without counts.
        public let signalToNoise: Double?
    }

    private let program: Program
    private let survey: ValueSurvey
    private let options: EngineOptions
    private var plans: [Size: InferencePlan] = [:]
    private let imageChannels: Int

    private struct Size: Hashable {
        let count: Int
        let height: Int
        let width: Int
    }

    /// Takes the weights.
    ///
    /// - Parameters:
    ///   - parameters: As for ``InferencePlan``.
    ///   - options: How the network is run while it is measured: in float32, whatever they say.
    /// - Throws: ``EngineError``: `missingParameter`, `mismatchedParameter`.
    public init(
        graph: Graph, parameters: [String: Tensor], options: EngineOptions = EngineOptions()
    ) throws(EngineError) {
        program = try Lowering.lower(graph, parameters: parameters)
        survey = ValueSurvey(valueCount: program.steps.count)
        imageChannels = graph.inputChannels
        self.options = EngineOptions(threads: options.threads, exact: options.exact, memoryLimit: options.memoryLimit)
    }

    /// Begins a pass over the images; ``Pass/largest`` comes first.
    public func begin(_ pass: Pass) {
        if pass == .counts { survey.beginCounting() }
    }

    /// Looks at some images.
    ///
    /// - Parameter images: `count×C×height×width`, row-major, normalised; borrowed.
    /// - Throws: ``EngineError``, as ``InferencePlan``.
    public func observe(_ images: Span<Float>, count: Int, height: Int, width: Int) throws(EngineError) {
        guard count > 0 else { return }
        let size = Size(count: count, height: height, width: width)
        let plan: InferencePlan
        if let known = plans[size] {
            plan = known
        } else {
            plan = try InferencePlan(
                program, batchSize: count, height: height, width: width, options: options, survey: survey)
            plans[size] = plan
        }
        _ = try plan.run(images, count: count)
    }

    /// What the integers make of every result, in the order of computation.
    ///
    /// - Throws: ``EngineError`` (`wrongInput`) if some results are no finite numbers.
    public func results(_ rule: LimitRule = .leastError) throws(EngineError) -> [Result] {
        let (names, signs) = (program.valueNames, program.signs)
        var results: [Result] = []
        for (value, seen) in survey.values.enumerated() {
            guard !seen.hasNonfinite else {
                throw EngineError(
                    .wrongInput, place: "\(program.name): \(names[value])",
                    "some of its results are infinite or no numbers, so that no integers can stand for them")
            }
            let limit = rule.limit(seen, isSigned: signs[value])
            results.append(
                Result(
                    name: names[value], largest: seen.largest, limit: limit,
                    signalToNoise: seen.counts.isEmpty
                        ? nil : seen.signalToNoise(limit: limit, isSigned: signs[value])))
        }
        return results
    }

    /// The layers that can compute with integers, by the names of their nodes: convolutions and linear layers but the
    /// last, whose result is the network's.
    public var possibleLayers: [String] {
        program.steps.compactMap { step in
            switch step.kernel {
            case .convolution where program.graph.hasParameters(step.name): step.name
            case .linear where step.output != program.output: step.name
            default: nil
            }
        }
    }

    /// The calibration that follows from what was seen.
    ///
    /// - Parameter layers: Which layers are to compute with integers; all of ``possibleLayers`` if `nil`.
    /// - Throws: ``EngineError`` (`wrongInput`) if some results are no finite numbers.
    public func calibration(
        layers: Set<String>? = nil, _ rule: LimitRule = .leastError
    ) throws(EngineError) -> Int8Calibration {
        let limits = try results(rule).map { ($0.name, $0.limit) }
        return Int8Calibration(
            layers: layers ?? Set(possibleLayers), limits: Dictionary(limits) { first, _ in first })
    }
}

extension Graph {
    /// Whether the node of that name learns anything; a shortcut that is computed as a convolution does not.
    fileprivate func hasParameters(_ name: String) -> Bool {
        nodes.contains { $0.name == name && !$0.operation.parameters.isEmpty }
    }
}
