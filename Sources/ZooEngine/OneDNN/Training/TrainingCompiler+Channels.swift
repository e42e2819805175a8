import COneDNN
import ZooGraph
import ZooTensor

// Operations that only move channels: their derivatives move them back.
extension TrainingCompiler {
    mutating func concatGradients(_ step: Program.Step, _ gradient: Tensor) throws(EngineError) {
        let whole = try plan.reordered(gradient, as: plan.jointLayout(plan.shapes[step.output]))
        var first = 0
        for input in step.inputs {
            let shape = plan.shapes[input]
            defer { first += shape[1] }
            guard hasGradient(input) else { continue }
            let part = try whole.layout.slice(first: first, of: shape)
            let target = plan.newTensor(try plan.jointLayout(shape))
            let copy = try PrimitiveDescription.reorder(from: part, to: target.layout, plan.library)
            try plan.call(
                step.name, copy, [(DNNL_ARG_FROM, .buffer(whole.buffer, part)), (DNNL_ARG_TO, plan.place(target))],
                onlyCopies: true)
            try add(target, to: input)
        }
    }

    /// The channels that the slice leaves out have no gradient from it.
    mutating func sliceGradient(
        _ step: Program.Step, _ operation: ChannelSlice, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.inputs[0]]
        let slope = try plan.reordered(gradient, as: .channelsLast(plan.shapes[step.output], plan.element))
        let rest = operation.inputChannels - operation.first - operation.count
        var parts: [(Layout, Place)] = []
        for (count, place) in [(operation.first, nil), (operation.count, plan.place(slope)), (rest, nil)]
        where count > 0 {
            let layout = try Layout.channelsLast([shape[0], count, shape[2], shape[3]], plan.element)
            if let place {
                parts.append((layout, place))
            } else {
                let zeros = try Memory(layout, plan.library)
                zeros.clear()
                parts.append((layout, .constant(zeros)))
            }
        }
        let target = plan.newTensor(try .channelsLast(shape, plan.element))
        let joined = try PrimitiveDescription.concat(parts.map(\.0), to: target.layout, plan.library)
        let arguments = parts.enumerated().map { (DNNL_ARG_MULTIPLE_SRC + Int32($0), $1.1) }
        try plan.call(step.name, joined, arguments + [(DNNL_ARG_DST, plan.place(target))], onlyCopies: true)
        try add(target, to: step.inputs[0])
    }

    /// Shuffling back is shuffling with as many groups as a group had channels.
    mutating func shuffleGradient(
        _ step: Program.Step, _ operation: ChannelShuffle, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.output]
        let slope = try plan.reordered(gradient, as: .channelsLast(shape, plan.element))
        guard let description = try plan.kernels.shuffle(slope.layout, groupSize: operation.groups) else {
            throw plan.missing(step)
        }
        let target = plan.newTensor(slope.layout)
        try plan.call(
            step.name, description, [(DNNL_ARG_SRC, plan.place(slope)), (DNNL_ARG_DST, plan.place(target))],
            onlyCopies: true)
        try add(target, to: step.inputs[0])
    }
}
