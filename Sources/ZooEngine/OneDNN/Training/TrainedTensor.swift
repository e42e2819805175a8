import ZooTensor

/// A parameter that is trained: its values and their gradient, in float32 and in one layout.
///
/// Optimisers work element by element, so any layout does; it is the one in which the kernel writes the gradient, and what
/// pads it is zero and stays zero. Used on ``EngineThread`` only.
final class TrainedTensor {
    let name: String
    /// PyTorch's shape.
    let shape: Shape
    private(set) var values: Memory
    private(set) var gradient: Memory
    private var hasKernelLayout = false
    private let library: Library

    init(_ name: String, _ values: [Float], shape: Shape, _ library: Library) throws(EngineError) {
        self.name = name
        self.shape = shape
        self.library = library
        self.values = try Memory.holding(values, shape: shape, as: nil, library)
        gradient = try Memory(.plain(shape), library)
    }

    /// Takes over the layout of a kernel that computes the gradient, if no other came before.
    ///
    /// - Parameter kernelShape: the sizes that the kernel gives the axes; the row-major order is the same.
    func adopt(_ layout: Layout, kernelShape: Shape) throws(EngineError) {
        guard !hasKernelLayout else { return }
        hasKernelLayout = true
        self.kernelShape = kernelShape
        if try layout.matches(.plain(kernelShape)) {
            values = try values.viewed(as: layout, library)
            gradient = try gradient.viewed(as: layout, library)
            return
        }
        values = try Memory.holding(values.read(shape.elementCount), shape: kernelShape, as: layout, library)
        gradient = try Memory(layout, library)
    }

    private var kernelShape: Shape?

    /// The values in PyTorch's order.
    func rowMajorValues() throws(EngineError) -> [Float] { try rowMajor(values) }

    /// The gradient in PyTorch's order.
    func rowMajorGradient() throws(EngineError) -> [Float] { try rowMajor(gradient) }

    /// Numbers that stand in the layout of ``values``, in PyTorch's order.
    ///
    /// - Precondition: there are as many as ``values`` has, with what pads it.
    func rowMajor(_ elements: [Float]) throws(EngineError) -> [Float] {
        let memory = try Memory(values.layout, library)
        memory.write(elements.span)
        return try rowMajor(memory)
    }

    /// Numbers in PyTorch's order in the layout of ``values``.
    ///
    /// - Precondition: there are as many as the parameter has.
    func optimiserOrder(_ elements: [Float]) throws(EngineError) -> [Float] {
        let layout = hasKernelLayout ? values.layout : nil
        let memory = try Memory.holding(elements, shape: kernelShape ?? shape, as: layout, library)
        return memory.read(memory.elementCount)
    }

    private func rowMajor(_ memory: Memory) throws(EngineError) -> [Float] {
        try memory.copy(as: .plain(kernelShape ?? shape), library).read(shape.elementCount)
    }
}
