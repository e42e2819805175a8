import COneDNN
import ZooTensor

/// The derivative of attention, a few rows at a time; the shares are computed again instead of being kept.
///
/// With shares `p` and the result's gradient `g`: `∂v = pᵀ·g`, `∂p = g·vᵀ`, `∂s` by softmax's derivative,
/// `∂q = scale · ∂s·k`, `∂k = scale · ∂sᵀ·q`; positions get the sum of `∂s` over all rows.
///
/// Arguments: the source, its gradient, that of the result; positions and their gradient where there are any.
final class AttentionGradient: Work {
    let scratchpad: Layout?
    /// Whether one of oneDNN's kernels is a plain loop.
    let isReference: Bool
    private let rows: AttentionRows
    private let shares: AttentionShares
    private let values: AttentionStep
    private let slopes: AttentionStep
    private let softmax: AttentionStep
    private let queries: AttentionStep
    private let keys: AttentionStep
    /// Whether the gradient of the positions is asked for.
    private let sumsPositions: Bool

    /// - Parameters:
    ///   - rows: with room for two tensors of the size of the products.
    ///   - sumsPositions: Whether the gradient of the positions is asked for.
    /// - Returns: `nil` if oneDNN has no kernel.
    init?(
        _ rows: AttentionRows, positions: PositionTable?, sumsPositions: Bool, _ kernels: Kernels
    ) throws(EngineError) {
        let (inputs, scores, outputs) = try (rows.inputs(), rows.scores(), rows.outputs())
        let (keyRows, turned) = try (rows.transposedInputs(), rows.transposedScores())
        let (plain, scaled) = try (Attributes(), Attributes(scale: rows.scale))
        guard let shares = try AttentionShares(rows, positions: positions, kernels),
            let values = try AttentionStep(product: (turned, outputs), to: inputs, plain, kernels),
            let slopes = try AttentionStep(product: (outputs, keyRows), to: scores, plain, kernels),
            let softmax = try kernels.softmaxGradient(scores, axis: 3),
            let queries = try AttentionStep(product: (scores, inputs), to: inputs, scaled, kernels),
            let keys = try AttentionStep(product: (turned, inputs), to: inputs, scaled, kernels)
        else { return nil }
        self.softmax = try AttentionStep(
            softmax, [(DNNL_ARG_DST, scores), (DNNL_ARG_DIFF_DST, scores), (DNNL_ARG_DIFF_SRC, scores)],
            kernels.library)
        (self.rows, self.shares, self.values, self.slopes) = (rows, shares, values, slopes)
        (self.queries, self.keys, self.sumsPositions) = (queries, keys, sumsPositions)
        let steps = [values, slopes, self.softmax, queries, keys]
        isReference = shares.isReference || steps.contains { $0.isReference }
        let most = steps.reduce(shares.scratchByteCount) { max($0, $1.scratchByteCount) }
        scratchpad = try Layout.plain([2 * rows.scoreCount + (most + 3) / MemoryLayout<Float>.size])
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        shares.readPositions(arguments)
        let sums = unsafe sumsPositions ? arguments.floats(DNNL_ARG_DIFF_SRC_1) : nil
        if let sums = unsafe sums {
            unsafe sums.initialize(repeating: 0, count: rows.heads * rows.length * rows.length)
        }
        for row in stride(from: 0, to: rows.rowCount, by: rows.chunk) {
            let status = unsafe execute(from: row, arguments, addingTo: sums, library)
            guard status == dnnl_success else { return status }
        }
        return dnnl_success
    }

    /// The gradients of a chunk of rows.
    private func execute(
        from row: Int, _ arguments: Arguments, addingTo sums: UnsafeMutablePointer<Float>?, _ library: Library
    ) -> dnnl_status_t {
        let query = unsafe arguments.floats(DNNL_ARG_SRC) + row * rows.inputCount
        let target = unsafe arguments.floats(DNNL_ARG_DIFF_SRC) + row * rows.inputCount
        let gradient = unsafe arguments.floats(DNNL_ARG_DIFF_DST) + row * rows.outputCount
        let shared = unsafe arguments.floats(DNNL_ARG_SCRATCHPAD)
        let slope = unsafe shared + rows.scoreCount
        let scratch = unsafe slope + rows.scoreCount
        let (key, value) = unsafe (query + rows.channels, query + 2 * rows.channels)
        var status = unsafe shares.compute(from: row, query, to: shared, scratch: scratch, library)
        func run(_ step: AttentionStep, _ places: [UnsafeMutablePointer<Float>]) {
            if status == dnnl_success { status = unsafe step.execute(places, scratch: scratch, library) }
        }
        unsafe run(values, [shared, gradient, target + 2 * rows.channels])
        unsafe run(slopes, [gradient, value, slope])
        unsafe run(softmax, [shared, slope, slope])
        if let sums = unsafe sums, status == dnnl_success { unsafe add(slope, to: sums) }
        unsafe run(queries, [slope, key, target])
        unsafe run(keys, [slope, query, target + rows.channels])
        return status
    }

    /// Adds the slopes of all rows of a chunk, in their order whatever the number of threads.
    private func add(_ slopes: UnsafeMutablePointer<Float>, to sums: UnsafeMutablePointer<Float>) {
        let size = rows.heads * rows.length * rows.length
        Team.split(size) { range in
            for row in 0..<rows.chunk {
                let slopes = unsafe slopes + row * size
                for index in range { unsafe sums[index] += slopes[index] }
            }
        }
    }
}
