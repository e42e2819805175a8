import COneDNN
import ZooGraph
import ZooTensor

/// Attention, a few rows at a time, so that the products of queries and keys stay in the cache.
///
/// Queries, keys and values are read where the layer before wrote them: `rows×T×3C`, as matrices of strides.
final class AttentionLoop: Work {
    /// About how many bytes of products are worked on at a time: as many as the second-level caches of two cores hold.
    private static let chunkByteCount = 1 << 20

    let scratchpad: Layout?
    /// The layers' kernels that are plain loops of oneDNN's; usually none.
    let isReference: Bool
    private let products: Step
    private let softmax: Step
    private let sums: Step
    private let positions: PositionTable?
    private let rowCount: Int
    private let chunk: Int
    private let channels: Int
    private let length: Int
    private let scoreCount: Int

    /// - Parameters:
    ///   - shape: The result's: `N×C×G×T`.
    ///   - positions: What is added to the products.
    /// - Returns: `nil` if oneDNN has no kernel.
    init?(
        _ layer: Attention, shape: Shape, positions: PositionTable?, _ kernels: Kernels
    ) throws(EngineError) {
        let (heads, channels, length) = (layer.heads, shape[1], shape[3])
        let width = channels / heads
        rowCount = shape[0] * shape[2]
        let perRow = heads * length * length * MemoryLayout<Float>.size
        let fitting = max(1, Self.chunkByteCount / perRow)
        let chunk = (1...min(fitting, rowCount)).last { [rowCount] in rowCount % $0 == 0 } ?? 1

        let rows: Shape = [chunk, heads, length, width]
        let inputs = try Layout.strided(rows, [3 * channels * length, width, 3 * channels, 1])
        let keys = try Layout.strided([chunk, heads, width, length], [3 * channels * length, width, 1, 3 * channels])
        let scores = try Layout.plain([chunk, heads, length, length])
        let outputs = try Layout.strided(rows, [channels * length, width, channels, 1])
        let scaled = try Attributes(addsToDestination: positions != nil, scale: Float(layer.scale))
        guard let first = try kernels.product(inputs, keys, to: scores, scaled),
            let second = try kernels.softmax(scores, axis: 3),
            let third = try kernels.product(scores, inputs, to: outputs, Attributes())
        else { return nil }
        isReference = first.isReference || second.isReference || third.isReference
        let library = kernels.library
        products = try Step(
            first, [(DNNL_ARG_SRC, inputs), (DNNL_ARG_WEIGHTS, keys), (DNNL_ARG_DST, scores)], library)
        softmax = try Step(second, [(DNNL_ARG_SRC, scores), (DNNL_ARG_DST, scores)], library)
        sums = try Step(
            third, [(DNNL_ARG_SRC, scores), (DNNL_ARG_WEIGHTS, inputs), (DNNL_ARG_DST, outputs)], library)
        (self.chunk, self.channels, self.length) = (chunk, channels, length)
        self.positions = positions
        // What the kernels need lies behind the products, from a full cache line on.
        let scoreCount = (scores.byteCount / MemoryLayout<Float>.size + 15) / 16 * 16
        let most = [products, softmax, sums].map(\.scratchByteCount).max() ?? 0
        self.scoreCount = scoreCount
        scratchpad = try Layout.plain([scoreCount + (most + 3) / MemoryLayout<Float>.size])
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        let scores = unsafe arguments.floats(DNNL_ARG_SCRATCHPAD)
        let scratch = unsafe scores + scoreCount
        for row in stride(from: 0, to: rowCount, by: chunk) {
            let queries = unsafe source + row * length * 3 * channels
            unsafe positions?.write(rows: row..<row + chunk, to: scores)
            var status = unsafe products.execute([queries, queries + channels, scores], scratch: scratch, library)
            if status == dnnl_success {
                status = unsafe softmax.execute([scores, scores], scratch: scratch, library)
            }
            if status == dnnl_success {
                let (values, sum) = unsafe (queries + 2 * channels, target + row * length * channels)
                status = unsafe sums.execute([scores, values, sum], scratch: scratch, library)
            }
            guard status == dnnl_success else { return status }
        }
        return dnnl_success
    }
}

extension AttentionLoop {
    /// One of oneDNN's kernels with memory that moves.
    @safe final class Step {
        private let primitive: Primitive
        private let memories: [MovingMemory]
        private let scratchpad: MovingMemory?
        private let arguments: [dnnl_exec_arg_t]
        let scratchByteCount: Int

        init(
            _ description: borrowing PrimitiveDescription, _ arguments: [(role: Int32, layout: Layout)],
            _ library: Library
        ) throws(EngineError) {
            primitive = try Primitive(description, "attention")
            var memories: [MovingMemory] = []
            for argument in arguments { memories.append(try MovingMemory(argument.layout, library)) }
            self.memories = memories
            var scratchpad: MovingMemory?
            if let layout = primitive.scratchpad { scratchpad = try MovingMemory(layout, library) }
            self.scratchpad = scratchpad
            scratchByteCount = primitive.scratchpad?.byteCount ?? 0
            var list = unsafe zip(arguments, memories).map {
                unsafe dnnl_exec_arg_t(arg: $0.0.role, memory: $0.1.handle)
            }
            if let scratchpad {
                unsafe list.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpad.handle))
            }
            unsafe self.arguments = list
        }

        func execute(
            _ places: [UnsafeMutablePointer<Float>], scratch: UnsafeMutablePointer<Float>, _ library: Library
        ) -> dnnl_status_t {
            for index in memories.indices {
                let status = unsafe memories[index].move(to: places[index])
                guard status == dnnl_success else { return status }
            }
            if let scratchpad {
                let status = unsafe scratchpad.move(to: scratch)
                guard status == dnnl_success else { return status }
            }
            return unsafe dnnl_primitive_execute(
                primitive.handle, library.stream, Int32(arguments.count), arguments)
        }
    }

    /// A tensor whose place in memory changes from call to call.
    @safe final class MovingMemory {
        let handle: dnnl_memory_t

        init(_ layout: Layout, _ library: Library) throws(EngineError) {
            var description = layout.description
            var handle: dnnl_memory_t?
            try unsafe check(
                dnnl_memory_create(&handle, &description, library.engine, nil), "a tensor in memory")
            guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "a tensor in memory") }
            unsafe self.handle = handle
        }

        deinit {
            unsafe dnnl_memory_destroy(handle)
        }

        func move(to place: UnsafeMutablePointer<Float>) -> dnnl_status_t {
            unsafe dnnl_memory_set_data_handle(handle, place)
        }
    }
}

/// What is added to the products of queries and keys: positions, and −100 where a mask keeps pixels apart.
///
/// Rows whose masks are alike share one table; most windows of Swin have no mask.
struct PositionTable {
    /// `heads×T×T` numbers, one kind of row after another.
    private let values: [Float]
    /// The kind of every row of an image.
    private let kinds: [Int]
    private let size: Int

    /// - Parameters:
    ///   - positions: `heads×T×T`, or empty.
    ///   - parts: For every pixel of every row of an image a number, where different numbers are kept apart; or empty.
    init(_ positions: [Float], parts: [Int], heads: Int, length: Int) {
        size = heads * length * length
        let positions = positions.isEmpty ? [Float](repeating: 0, count: size) : positions
        guard !parts.isEmpty else {
            (values, kinds) = (positions, [0])
            return
        }
        var known: [[Int]: Int] = [:]
        var values: [Float] = []
        var kinds: [Int] = []
        for start in stride(from: 0, to: parts.count, by: length) {
            let row = Array(parts[start..<start + length])
            if known[row] == nil {
                known[row] = known.count
                for index in 0..<size {
                    let (i, j) = (index / length % length, index % length)
                    values.append(positions[index] + (row[i] == row[j] ? 0 : -100))
                }
            }
            kinds.append(known[row] ?? 0)
        }
        (self.values, self.kinds) = (values, kinds)
    }

    /// Writes the tables of some rows one after another.
    func write(rows: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        unsafe values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            Team.split(rows.count) { range in
                for index in range {
                    let kind = kinds[(rows.lowerBound + index) % kinds.count]
                    unsafe (target + index * size).update(from: values + kind * size, count: size)
                }
            }
        }
    }
}
