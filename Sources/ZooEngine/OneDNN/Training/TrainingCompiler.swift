import COneDNN
import ZooGraph
import ZooTensor

/// Makes the calls of a training step: forward, and then backward from the result to the deepest trained parameter.
///
/// Frozen parts run as in inference, folded and fused. Results that gradients need stay in memory until those are
/// computed; the lifetimes of all buffers follow from the calls.
struct TrainingCompiler {
    typealias Tensor = PlanCompiler.Tensor
    typealias Place = PlanCompiler.Place

    /// The numbers of a batch norm's batch, which move its running statistics after the forward pass.
    struct StatisticsRecord {
        let layer: String
        let mean: Memory
        let variance: Memory
        /// How many elements a channel has.
        let count: Int
    }

    /// A dropout's mask, drawn anew for every forward pass.
    struct Mask {
        let memory: Memory
        let operation: Dropout
        let sampleCount: Int
    }

    /// What a step leaves for its derivative.
    enum Saved {
        case workspace(Tensor)
        case statistics(mean: Place, variance: Place, workspace: Tensor?)
        /// The inputs of element-wise functions that follow one another.
        case sources([Tensor])
        case mask(Memory)
    }

    var plan: PlanCompiler
    let parameters: TrainableParameters
    let differentiation: Differentiation
    /// Whether gradients are added to what is there, or replace it.
    let addsGradients: Bool
    private(set) var output: Tensor?
    private(set) var outputGradient: Tensor?
    /// How many of the calls are the forward pass.
    private(set) var forwardCallCount = 0
    /// Copies of trained parameters in other layouts or types, to be made after every change.
    var refreshes: [Call] = []
    /// Those of convolutions' kernels in PyTorch's order, by name, of which other copies are made.
    var rowMajorCopies: [String: Memory] = [:]
    var records: [StatisticsRecord] = []
    var masks: [Mask] = []
    var saved: [Int: Saved] = [:]
    /// The gradients that are known so far, by value.
    private var gradients: [Int: Tensor] = [:]
    private let valuesWithGradient: Set<Int>

    init(
        _ program: Program, shapes: [Shape], _ options: EngineOptions, _ parameters: TrainableParameters,
        _ differentiation: Differentiation, addsGradients: Bool, _ library: Library
    ) throws(EngineError) {
        self.parameters = parameters
        self.differentiation = differentiation
        self.addsGradients = addsGradients
        plan = try PlanCompiler(program, shapes: shapes, options, library)
        valuesWithGradient = Set(
            program.values.indices.filter { differentiation.needsGradient[$0] }.map { program.values[$0] })
        try forward()
        try backward()
    }

    private mutating func forward() throws(EngineError) {
        for step in plan.program.steps {
            do throws(EngineError) {
                let result =
                    if case .trained(let operation) = step.kernel {
                        try forward(step, operation)
                    } else {
                        try plan.compile(step)
                    }
                plan.tensors.append([result])
            } catch {
                throw error.at("\(plan.program.name): \(step.name)")
            }
        }
        output = try plan.output()
        forwardCallCount = plan.calls.count
    }

    private mutating func backward() throws(EngineError) {
        let last = plan.program.output
        let start = plan.newTensor(try .plain(plan.shapes[last]))
        outputGradient = start
        gradients[last] = start
        for step in plan.program.steps.reversed() {
            guard case .trained(let operation) = step.kernel, hasGradient(step.output),
                let gradient = gradients.removeValue(forKey: step.output)
            else { continue }
            do throws(EngineError) {
                try backward(step, operation, try beforeActivation(gradient, step, operation))
            } catch {
                throw error.at("\(plan.program.name): \(step.name), backward")
            }
        }
    }

    private mutating func forward(_ step: Program.Step, _ operation: Operation) throws(EngineError) -> Tensor {
        switch operation {
        case .convolution(let layer): try convolution(step, layer, weights(step, layer))
        case .pixelLinear(let layer): try pixelLinear(step, layer)
        case .paddedShortcut(let operation): try convolution(step, operation.convolution, weights(operation))
        case .linear(let layer): try linear(step, layer)
        case .batchNorm(let layer): try batchNorm(step, layer)
        case .activation(let function): try activation(step, function)
        case .maxPool(let layer): try maxPool(step, layer)
        case .averagePool(let layer): try plan.pooling(step, Pool(layer))
        case .globalAveragePool: try plan.pooling(step, Pool(wholeOf: plan.shapes[step.inputs[0]]))
        case .adaptiveAveragePool(let layer): try plan.adaptivePool(step, layer)
        case .add: try plan.binary(step, dnnl_binary_add, with: plan.tensors[step.inputs[0]][0].layout)
        case .multiply: try multiply(step)
        case .concat: try plan.concat(step)
        case .channelShuffle(let operation): try plan.shuffle(step, operation)
        case .channelSlice(let operation): try plan.slice(step, operation)
        case .channelNorm(let layer): try channelNorm(step, layer)
        case .dropout(let operation): try dropout(step, operation)
        case .channelAffine(let operation): try channelAffine(step, operation)
        case .learntMap(let operation): try learntMap(step, operation)
        case .rearrangement(let operation): try plan.rearrange(step, operation)
        case .tokenSequence: try sequence(step)
        case .attention(let layer): try plan.attention(step, layer, positions(step, layer))
        case .headNorm(let operation): try headNorm(step, operation)
        case .relativePositions(let operation): try relativePositions(step, operation)
        case .input, .flatten, .auxiliary, .channelFactors: throw plan.missing(step)
        }
    }

    private mutating func backward(
        _ step: Program.Step, _ operation: Operation, _ gradient: Tensor
    ) throws(EngineError) {
        switch operation {
        case .convolution(let layer): try convolutionGradients(step, layer, weights(step, layer), gradient)
        case .pixelLinear(let layer): try pixelLinearGradients(step, layer, gradient)
        case .paddedShortcut(let operation):
            try convolutionGradients(step, operation.convolution, weights(operation), gradient)
        case .linear(let layer): try linearGradients(step, layer, gradient)
        case .batchNorm(let layer): try batchNormGradients(step, layer, gradient)
        case .activation(let function): try activationGradient(step, function, gradient)
        case .maxPool(let layer):
            let pool = Pool(layer, input: plan.shapes[step.inputs[0]], output: plan.shapes[step.output])
            try poolGradient(step, pool, gradient)
        case .averagePool(let layer): try poolGradient(step, Pool(layer), gradient)
        case .globalAveragePool: try poolGradient(step, Pool(wholeOf: plan.shapes[step.inputs[0]]), gradient)
        case .adaptiveAveragePool(let layer): try adaptivePoolGradient(step, layer, gradient)
        case .add: for input in step.inputs { try add(gradient, to: input) }
        case .multiply: try multiplyGradients(step, gradient)
        case .concat: try concatGradients(step, gradient)
        case .channelShuffle(let operation): try shuffleGradient(step, operation, gradient)
        case .channelSlice(let operation): try sliceGradient(step, operation, gradient)
        case .channelNorm(let layer): try channelNormGradients(step, layer, gradient)
        case .dropout(let operation): try dropoutGradient(step, operation, gradient)
        case .channelAffine(let operation): try channelAffineGradient(step, operation, gradient)
        case .learntMap(let operation): try learntMapGradient(step, operation, gradient)
        case .rearrangement(let operation): try rearrangementGradient(step, operation, gradient)
        case .tokenSequence(let operation): try sequenceGradients(step, operation, gradient)
        case .attention(let layer): try attentionGradients(step, layer, gradient)
        case .headNorm(let operation): try headNormGradients(step, operation, gradient)
        case .relativePositions(let operation): try relativePositionsGradient(step, operation, gradient)
        case .input, .flatten, .auxiliary, .channelFactors: throw plan.missing(step)
        }
    }

    // MARK: Gradients of values

    /// Whether the gradient of `value` is needed.
    func hasGradient(_ value: Int) -> Bool { valuesWithGradient.contains(value) }

    /// Adds a contribution to the gradient of `value`, if that is needed.
    mutating func add(_ gradient: Tensor, to value: Int) throws(EngineError) {
        guard hasGradient(value) else { return }
        guard let existing = gradients[value] else {
            gradients[value] = gradient
            return
        }
        // Not in place: either may be the gradient of another value too.
        let target = plan.newTensor(existing.layout)
        try callSum("a sum of gradients", plan.place(existing), gradient, to: plan.place(target), existing.layout)
        gradients[value] = target
    }

    /// Adds `addend` to what lies at `augend` in `layout`.
    mutating func callSum(
        _ name: String, _ augend: Place, _ addend: Tensor, to sum: Place, _ layout: Layout
    ) throws(EngineError) {
        let addend = try plan.reordered(addend, as: layout)
        guard let description = try plan.kernels.binary(dnnl_binary_add, layout, layout, Attributes()) else {
            throw refusal(dnnl_unimplemented, "a sum of gradients")
        }
        try plan.call(
            name, description,
            [(DNNL_ARG_SRC_0, augend), (DNNL_ARG_SRC_1, plan.place(addend)), (DNNL_ARG_DST, sum)])
    }

    /// The gradient before the ReLU that the step's kernel applies to its result; a batch norm's own derivative knows it.
    private mutating func beforeActivation(
        _ gradient: Tensor, _ step: Program.Step, _ operation: Operation
    ) throws(EngineError) -> Tensor {
        guard step.activation != nil else { return gradient }
        if case .batchNorm = operation { return gradient }
        let function: Kernels.Function = (dnnl_eltwise_relu_use_dst_for_bwd, 0, 0)
        return try elementwiseGradient(step, function, at: plan.tensors[step.output][0], DNNL_ARG_DST, gradient)
    }
}
