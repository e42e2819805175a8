import COneDNN
import ZooTensor

/// A block of memory, aligned for vectors.
@safe final class Block {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    /// Whose memory it is, if it is somebody else's.
    private let owner: Storage?

    /// Takes memory that reads as NaN, so that a kernel that uses what nothing wrote does not go unnoticed.
    init(byteCount: Int) {
        self.byteCount = byteCount
        owner = nil
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: ArenaPlanner.alignment)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: byteCount)
    }

    /// The memory of a tensor, which must be row-major and which nothing writes to.
    init(borrowing tensor: Tensor) {
        let bytes = tensor.contiguousBytes
        byteCount = bytes.byteCount
        owner = tensor.storage
        // The storage, which the block keeps, never moves; an empty one has no address.
        unsafe base = bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                ?? UnsafeMutableRawPointer.allocate(
                    byteCount: 0, alignment: 1)
        }
    }

    deinit {
        if owner == nil { unsafe base.deallocate() }
    }

    /// Zeroes everything from `offset` on.
    func clear(from offset: Int) {
        precondition(0...byteCount ~= offset, "offset outside the block")
        unsafe (base + offset).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount - offset)
    }
}

/// A tensor as oneDNN sees it: a layout over a part of a block.
@safe final class Memory {
    let layout: Layout
    let handle: dnnl_memory_t
    private let block: Block
    private let offset: Int

    /// A view of `block` from `offset`, which stays alive as long as the memory.
    init(_ layout: Layout, in block: Block, at offset: Int = 0, _ library: Library) throws(EngineError) {
        precondition(offset >= 0 && offset + layout.byteCount <= block.byteCount, "the block is too small")
        self.layout = layout
        self.block = block
        self.offset = offset
        var description = layout.description
        var handle: dnnl_memory_t?
        try unsafe check(
            dnnl_memory_create(&handle, &description, library.engine, block.base + offset), "a tensor in memory")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "a tensor in memory") }
        unsafe self.handle = handle
    }

    /// Memory of its own, with room for full vectors: the kernel of batch norm reads (and ignores) what lies behind its
    /// parameters up to a full block of channels.
    convenience init(_ layout: Layout, _ library: Library) throws(EngineError) {
        let alignment = ArenaPlanner.alignment
        let block = Block(byteCount: (layout.byteCount + alignment - 1) / alignment * alignment)
        block.clear(from: layout.byteCount)
        try self.init(layout, in: block, library)
    }

    /// Memory of its own that holds `values`, which are row-major, in `layout`, or row-major where that is `nil`.
    ///
    /// - Complexity: O(elements).
    static func holding(
        _ values: [Float], shape: Shape, as layout: Layout?, _ library: Library
    ) throws(EngineError) -> Memory {
        let plain = try Memory(.plain(shape), library)
        plain.write(values.span)
        guard let layout, !layout.matches(plain.layout) else { return plain }
        return try plain.copy(as: layout, library)
    }

    /// Memory that holds the values of `tensor`, which is row-major and float32, in `layout`: the tensor's own if that is
    /// how it lies already, unless that is part of a file, which may be cut while the memory is in use.
    ///
    /// - Complexity: O(elements).
    static func holding(
        _ tensor: Tensor, shape: Shape, as layout: Layout, _ library: Library
    ) throws(EngineError) -> Memory {
        let rows = try Memory(.plain(shape), in: Block(borrowing: tensor), library)
        return rows.layout.matches(layout) && !tensor.storage.isMapped ? rows : try rows.copy(as: layout, library)
    }

    /// The same memory with axes of other sizes; both layouts place their elements in the same order.
    func viewed(as layout: Layout, _ library: Library) throws(EngineError) -> Memory {
        try Memory(layout, in: block, at: offset, library)
    }

    /// Memory of its own with the same values in another layout.
    ///
    /// - Parameter attributes: what is done to the values on the way.
    func copy(as layout: Layout, _ library: Library, _ attributes: Attributes? = nil) throws(EngineError) -> Memory {
        let target = try Memory(layout, library)
        try Call.copy(from: self, to: target, library, attributes).execute(library)
        return target
    }

    deinit {
        unsafe dnnl_memory_destroy(handle)
    }

    /// Copies `values` to the start of the memory, whose layout is row-major, and zeroes the rest.
    ///
    /// - Precondition: they fit.
    func write(_ values: Span<Float>) {
        let used = values.count * MemoryLayout<Float>.size
        precondition(used <= layout.byteCount, "too many values")
        unsafe values.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                unsafe (block.base + offset).copyMemory(from: start, byteCount: used)
            }
        }
        unsafe (block.base + offset + used).initializeMemory(
            as: UInt8.self, repeating: 0, count: layout.byteCount - used)
    }

    /// Lets `body` change all float32 values, in the order of the layout; what pads it is among them.
    func change<Failure: Error>(_ body: (inout MutableSpan<Float>) throws(Failure) -> Void) throws(Failure) {
        let values = unsafe UnsafeMutableBufferPointer(
            start: (block.base + offset).assumingMemoryBound(to: Float.self),
            count: layout.byteCount / MemoryLayout<Float>.size)
        var span = unsafe values.mutableSpan
        try body(&span)
    }

    /// How many elements there are, those that pad it among them.
    var elementCount: Int { layout.byteCount / layout.element.byteCount }

    /// Fills the memory with zeros and ones, whatever its layout, `runLength` elements at a time.
    func fill(runLength: Int, _ isOne: () -> Int) {
        for start in stride(from: 0, to: elementCount, by: max(runLength, 1)) {
            let (value, count) = (isOne(), min(runLength, elementCount - start))
            switch layout.element {
            case .float32:
                unsafe (block.base + offset + start * 4).initializeMemory(
                    as: Float.self, repeating: Float(value), count: count)
            case .bfloat16:
                unsafe (block.base + offset + start * 2).initializeMemory(
                    as: UInt16.self, repeating: value == 0 ? 0 : 0x3F80, count: count)
            case .int8, .uint8:
                unsafe (block.base + offset + start).initializeMemory(
                    as: UInt8.self, repeating: UInt8(value), count: count)
            }
        }
    }

    /// Sets every byte to zero.
    func clear() {
        unsafe (block.base + offset).initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
    }

    /// Lets the memory be that of `values` until ``giveBack()``; the caller keeps them alive that long.
    ///
    /// The layout is row-major and nothing is written to it.
    func borrow(_ values: Span<Float>) throws(EngineError) {
        precondition(values.count * MemoryLayout<Float>.size == layout.byteCount, "another size")
        let start = unsafe values.withUnsafeBytes { unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress) }
        try unsafe check(dnnl_memory_set_data_handle(handle, start), "the images")
    }

    /// Ends ``borrow(_:)``.
    func giveBack() throws(EngineError) {
        try unsafe check(dnnl_memory_set_data_handle(handle, block.base + offset), "the images")
    }

    /// The first `count` values of the memory, whose layout is row-major.
    ///
    /// - Precondition: there are as many.
    func read(_ count: Int) -> [Float] {
        precondition(count * MemoryLayout<Float>.size <= layout.byteCount, "too few values")
        return unsafe [Float](unsafeUninitializedCapacity: count) { target, initialized in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                from: UnsafeRawBufferPointer(start: block.base + offset, count: count * MemoryLayout<Float>.size))
            initialized = count
        }
    }
}
