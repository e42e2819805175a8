import COneDNN
import ZooGraph
import ZooTensor

// Operations that move or normalise channels, and pooling to a fixed size.
extension PlanCompiler {
    mutating func concat(_ step: Program.Step) throws(EngineError) -> Tensor {
        var sources: [Tensor] = []
        for input in step.inputs { sources.append(try tensor(input, as: jointLayout(shapes[input]))) }
        return try concat(step, sources, to: jointLayout(shapes[step.output]))
    }

    /// `sources` one after another.
    mutating func concat(
        _ step: Program.Step, _ sources: [Tensor], to layout: Layout
    ) throws(EngineError) -> Tensor {
        let target = newTensor(layout)
        let description = try PrimitiveDescription.concat(sources.map(\.layout), to: target.layout, library)
        var arguments = [(DNNL_ARG_DST, place(target))]
        for (index, source) in sources.enumerated() {
            arguments.append((DNNL_ARG_MULTIPLE_SRC + Int32(index), place(source)))
        }
        try call(step.name, description, arguments, onlyCopies: true)
        return target
    }

    /// The layout of tensors that are joined; all of one kind, whatever their number of channels.
    func jointLayout(_ shape: Shape) throws(EngineError) -> Layout {
        prefersChannelsLast
            ? try .channelsLast(shape, element) : try .blocked(shape, by: library.channelBlock, element)
    }

    mutating func shuffle(_ step: Program.Step, _ operation: ChannelShuffle) throws(EngineError) -> Tensor {
        let shape = shapes[step.output]
        let source = try tensor(step.inputs[0], as: .channelsLast(shape, element))
        guard let description = try kernels.shuffle(source.layout, groupSize: shape[1] / operation.groups) else {
            throw missing(step)
        }
        let target = newTensor(source.layout)
        // The reference kernel copies as fast as another would.
        try call(
            step.name, description, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))], onlyCopies: true)
        return target
    }

    mutating func slice(_ step: Program.Step, _ operation: ChannelSlice) throws(EngineError) -> Tensor {
        let shape = shapes[step.output]
        let source = try tensor(step.inputs[0], as: .channelsLast(shapes[step.inputs[0]], element))
        let part = try source.layout.slice(first: operation.first, of: shape)
        let target = newTensor(try .channelsLast(shape, element))
        let copy = try PrimitiveDescription.reorder(from: part, to: target.layout, library)
        try call(
            step.name, copy, [(DNNL_ARG_FROM, .buffer(source.buffer, part)), (DNNL_ARG_TO, place(target))],
            onlyCopies: true)
        return target
    }

    /// Pixels are the rows of a matrix when channels come last.
    mutating func channelNorm(
        _ step: Program.Step, _ layer: ChannelNorm, _ weight: [Float], _ bias: [Float]
    ) throws(EngineError) -> Tensor {
        let shape = shapes[step.output]
        let rows: Shape = [shape[0], shape[2], shape[3], shape[1]]
        let source = try tensor(step.inputs[0], as: .channelsLast(shape, element))
        guard let description = try kernels.layerNorm(rows, element, epsilon: layer.epsilon) else {
            throw missing(step)
        }
        let target = newTensor(source.layout)
        let flat = try Layout.plain(rows, element)
        try call(
            step.name, description,
            [
                (DNNL_ARG_SRC, .buffer(source.buffer, flat)), (DNNL_ARG_DST, .buffer(target.buffer, flat)),
                (DNNL_ARG_SCALE, constant(weight, [weight.count])), (DNNL_ARG_SHIFT, constant(bias, [bias.count])),
            ])
        return target
    }

    /// A pooling where the windows divide the image without rest, otherwise a product with a matrix of the windows.
    mutating func adaptivePool(_ step: Program.Step, _ layer: AdaptiveAveragePool) throws(EngineError) -> Tensor {
        let (input, output, size) = (shapes[step.inputs[0]], shapes[step.output], layer.size)
        if input[2] % size.height == 0, input[3] % size.width == 0 {
            return try pooling(step, Pool(dividing: input, into: size))
        }
        let rows: Shape = [input[0] * input[1], input[2] * input[3]]
        let weight: Shape = [size.height * size.width, rows[1]]
        guard let description = try kernels.product(rows, weight: weight, element) else { throw missing(step) }
        let source = try tensor(step.inputs[0], as: .plain(input, element))
        let target = newTensor(try .plain(output, element))
        let matrix = Self.windows(size, height: input[2], width: input[3])
        try call(
            step.name, description,
            [
                (DNNL_ARG_SRC, .buffer(source.buffer, .plain(rows, element))),
                (DNNL_ARG_DST, .buffer(target.buffer, .plain([rows[0], weight[0]], element))),
                (DNNL_ARG_WEIGHTS, constant(matrix, weight, as: description.weights())),
            ])
        return target
    }

    /// For every window and every pixel the pixel's share of the window's mean.
    static func windows(_ size: Extent, height: Int, width: Int) -> [Float] {
        var matrix: [Float] = []
        for i in 0..<size.height {
            let rows = AdaptiveAveragePool.window(i, of: size.height, size: height)
            for j in 0..<size.width {
                let columns = AdaptiveAveragePool.window(j, of: size.width, size: width)
                let share = 1 / Float(rows.count * columns.count)
                for y in 0..<height {
                    for x in 0..<width { matrix.append(rows ~= y && columns ~= x ? share : 0) }
                }
            }
        }
        return matrix
    }
}
