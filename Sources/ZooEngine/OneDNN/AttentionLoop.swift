import COneDNN
import ZooGraph
import ZooTensor

/// Attention, a few rows at a time, so that the products of queries and keys stay in the cache.
final class AttentionLoop: Work {
    let scratchpad: Layout?
    /// Whether one of oneDNN's kernels is a plain loop; usually none is.
    let isReference: Bool
    private let rows: AttentionRows
    private let shares: AttentionShares
    private let sums: AttentionStep

    /// - Parameter positions: What is added to the products.
    /// - Returns: `nil` if oneDNN has no kernel.
    init?(_ rows: AttentionRows, positions: PositionTable?, _ kernels: Kernels) throws(EngineError) {
        let (inputs, scores, outputs) = try (rows.inputs(), rows.scores(), rows.outputs())
        guard let shares = try AttentionShares(rows, positions: positions, kernels),
            let sums = try AttentionStep(
                product: (scores, inputs), to: outputs, Attributes(), kernels)
        else { return nil }
        isReference = shares.isReference || sums.isReference
        (self.rows, self.shares, self.sums) = (rows, shares, sums)
        // What the kernels need lies behind the products.
        let most = max(shares.scratchByteCount, sums.scratchByteCount)
        scratchpad = try Layout.plain([rows.scoreCount + (most + 3) / MemoryLayout<Float>.size])
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        let scores = unsafe arguments.floats(DNNL_ARG_SCRATCHPAD)
        let scratch = unsafe scores + rows.scoreCount
        shares.readPositions(arguments)
        for row in stride(from: 0, to: rows.rowCount, by: rows.chunk) {
            let queries = unsafe source + row * rows.inputCount
            var status = unsafe shares.compute(from: row, queries, to: scores, scratch: scratch, library)
            if status == dnnl_success {
                let (values, sum) = unsafe (queries + 2 * rows.channels, target + row * rows.outputCount)
                status = unsafe sums.execute([scores, values, sum], scratch: scratch, library)
            }
            guard status == dnnl_success else { return status }
        }
        return dnnl_success
    }
}

/// How much each pixel takes of the others' values: `softmax(scale · q·kᵀ + positions)` of some rows.
final class AttentionShares {
    let isReference: Bool
    let scratchByteCount: Int
    private let rows: AttentionRows
    private let products: AttentionStep
    private let softmax: AttentionStep
    private var positions: PositionTable?

    /// - Returns: `nil` if oneDNN has no kernel.
    init?(_ rows: AttentionRows, positions: PositionTable?, _ kernels: Kernels) throws(EngineError) {
        let scores = try rows.scores()
        let scaled = try Attributes(addsToDestination: positions != nil, scale: rows.scale)
        guard
            let products = try AttentionStep(
                product: (rows.inputs(), rows.transposedInputs()), to: scores, scaled, kernels),
            let second = try kernels.softmax(scores, axis: 3)
        else { return nil }
        softmax = try AttentionStep(second, [(DNNL_ARG_SRC, scores), (DNNL_ARG_DST, scores)], kernels.library)
        (self.rows, self.products, self.positions) = (rows, products, positions)
        isReference = products.isReference || softmax.isReference
        scratchByteCount = max(products.scratchByteCount, softmax.scratchByteCount)
    }

    /// Takes the positions of a call, if there are any.
    func readPositions(_ arguments: Arguments) {
        if positions?.hasPositions == true { unsafe positions?.read(arguments.floats(DNNL_ARG_SRC_1)) }
    }

    /// Computes the shares of the rows from `row` on, whose queries begin at `queries`.
    func compute(
        from row: Int, _ queries: UnsafeMutablePointer<Float>, to scores: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, _ library: Library
    ) -> dnnl_status_t {
        unsafe positions?.write(rows: row..<row + rows.chunk, to: scores)
        let status = unsafe products.execute([queries, queries + rows.channels, scores], scratch: scratch, library)
        guard status == dnnl_success else { return status }
        return unsafe softmax.execute([scores, scores], scratch: scratch, library)
    }
}
