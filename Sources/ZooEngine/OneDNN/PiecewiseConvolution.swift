import COneDNN
import ZooGraph
import ZooTensor

/// A kernel that works on a few images of a batch at a time: oneDNN's Winograd keeps the transformed images of all that
/// it gets, 2.25 numbers for each pixel and channel of source and result.
@safe final class PiecewiseConvolution: Work {
    /// How much scratch space a convolution may take, in bytes: about as much as the third-level cache holds.
    static let scratchLimit = 32 << 20

    let scratchpad: Layout?
    private let primitive: Primitive
    private let pieces: Int
    /// What holds a part for each image.
    private let moving: [(role: Int32, memory: MovingMemory, step: Int)]

    /// - Parameters:
    ///   - description: the kernel for one piece.
    ///   - moving: how the tensors that hold a part for each image lie in a piece.
    init(
        _ description: borrowing PrimitiveDescription, _ name: String, pieces: Int,
        moving: [(role: Int32, layout: Layout)], _ library: Library
    ) throws(EngineError) {
        primitive = try Primitive(description, name)
        scratchpad = primitive.scratchpad
        self.pieces = pieces
        var memories: [(role: Int32, memory: MovingMemory, step: Int)] = []
        for (role, layout) in moving {
            memories.append((role, try MovingMemory(layout, library), layout.byteCount))
        }
        self.moving = memories
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        var list = unsafe arguments.list
        for index in unsafe list.indices {
            let role = unsafe list[index].arg
            if let part = moving.first(where: { $0.role == role }) {
                unsafe list[index].memory = part.memory.handle
            }
        }
        for piece in 0..<pieces {
            for (role, memory, step) in moving {
                let start = unsafe arguments.start(role) + piece * step
                let status = unsafe memory.move(to: start.assumingMemoryBound(to: Float.self))
                guard status == dnnl_success else { return status }
            }
            let status = unsafe dnnl_primitive_execute(primitive.handle, library.stream, Int32(list.count), list)
            guard status == dnnl_success else { return status }
        }
        return dnnl_success
    }
}

extension PrimitiveDescription {
    /// How many of a batch's images the kernel should get at a time.
    func pieceSize(of batch: Int) -> Int {
        let byteCount = layout(dnnl_query_scratchpad_md)?.byteCount ?? 0
        guard byteCount > PiecewiseConvolution.scratchLimit else { return batch }
        return (1...batch).last {
            batch.isMultiple(of: $0) && byteCount / batch * $0 <= PiecewiseConvolution.scratchLimit
        } ?? 1
    }
}

extension PlanCompiler {
    /// Calls a convolution's kernel, which may be one for a part of the batch.
    ///
    /// - Parameter moving: the layouts of image and result in one piece.
    mutating func call(
        _ name: String, _ description: borrowing PrimitiveDescription, _ arguments: [(Int32, Place)], pieces: Int,
        moving: [(role: Int32, layout: Layout)]
    ) throws(EngineError) {
        guard pieces > 1 else { return try call(name, description, arguments) }
        let work = try PiecewiseConvolution(description, name, pieces: pieces, moving: moving, library)
        call(name, work, arguments)
    }
}
