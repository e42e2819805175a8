import ZooGraph
import ZooTensor

// The derivatives of the layers with parameters. `g` is the gradient of the result, `x` the input.
extension ReferenceEngine.Tape {
    /// `∂x[n,c,y,z] = Σ w[o,c,k,l] · g[n,o,i,j]`, `∂w[o,c,k,l] = Σ x[n,c,y,z] · g[n,o,i,j]` over all places where the kernel
    /// puts one on the other, `∂b[o] = Σ g[n,o,i,j]`.
    ///
    /// - Parameter unbiased: The outputs whose bias is not used.
    mutating func convolution(
        _ node: Graph.Node, _ layer: Convolution, _ names: (weight: String, bias: String), unbiased: Range<Int> = 0..<0,
        _ x: ReferenceEngine.Values, _ g: ReferenceEngine.Values
    ) throws(EngineError) -> ReferenceEngine.Values {
        let weight = try read(node, names.weight)
        var (dx, dw) = (ReferenceEngine.Values(zeros: x.shape), [Double](repeating: 0, count: weight.count))
        for n in 0..<g.shape[0] {
            for o in 0..<g.shape[1] {
                for i in 0..<g.shape[2] {
                    for j in 0..<g.shape[3] {
                        let slope = g[n, o, i, j]
                        if slope == 0 { continue }  // It would add nothing: half of all after a ReLU.
                        Self.spread(slope, (n, o, i, j), layer, weight, x, &dx, &dw)
                    }
                }
            }
        }
        record(dw, of: names.weight, node)
        if layer.hasBias {
            var db = Self.channelSums(g) { _, slope in slope }
            for index in unbiased { db[index] = 0 }
            record(db, of: names.bias, node)
        }
        return dx
    }

    /// What one element of the result says about the window it was made of.
    private static func spread(
        _ slope: Double, _ place: (n: Int, o: Int, i: Int, j: Int), _ layer: Convolution, _ weight: [Double],
        _ x: ReferenceEngine.Values, _ dx: inout ReferenceEngine.Values, _ dw: inout [Double]
    ) {
        let (height, width) = (x.shape[2], x.shape[3])
        let (kernelHeight, kernelWidth) = (layer.kernel.height, layer.kernel.width)
        let inputsPerGroup = layer.inputChannels / layer.groups
        let firstInput = place.o / (layer.outputChannels / layer.groups) * inputsPerGroup
        let top = place.i * layer.stride.height - layer.padding.height
        let left = place.j * layer.stride.width - layer.padding.width
        for c in 0..<inputsPerGroup {
            for k in 0..<kernelHeight {
                let y = top + k * layer.dilation.height
                guard 0..<height ~= y else { continue }
                let row = ((place.n * layer.inputChannels + firstInput + c) * height + y) * width
                let first = ((place.o * inputsPerGroup + c) * kernelHeight + k) * kernelWidth
                for l in 0..<kernelWidth {
                    let z = left + l * layer.dilation.width
                    guard 0..<width ~= z else { continue }
                    dx.elements[row + z] += weight[first + l] * slope
                    dw[first + l] += x.elements[row + z] * slope
                }
            }
        }
    }

    /// `∂x = g · w`, `∂w = gᵀ · x`, `∂b = Σₙ g[n]`.
    mutating func linear(
        _ node: Graph.Node, _ layer: Linear, _ x: ReferenceEngine.Values, _ g: ReferenceEngine.Values
    ) throws(EngineError) -> ReferenceEngine.Values {
        let weight = try read(node, "weight")
        let (inputs, outputs) = (layer.inputFeatures, layer.outputFeatures)
        var (dx, dw) = (ReferenceEngine.Values(zeros: x.shape), [Double](repeating: 0, count: weight.count))
        var db = [Double](repeating: 0, count: outputs)
        for n in 0..<g.shape[0] {
            for o in 0..<outputs {
                let slope = g.elements[n * outputs + o]
                db[o] += slope
                for i in 0..<inputs {
                    dx.elements[n * inputs + i] += weight[o * inputs + i] * slope
                    dw[o * inputs + i] += x.elements[n * inputs + i] * slope
                }
            }
        }
        record(dw, of: "weight", node)
        if layer.hasBias { record(db, of: "bias", node) }
        return dx
    }

    /// With x̂ the normalised input, `∂w = Σ g·x̂` and `∂b = Σ g` per channel. Frozen, `∂x = g · w / √(variance + ε)`; by the
    /// batch's own statistics, whose derivatives count too, `∂x = (g − mean(g) − x̂ · mean(g·x̂)) · w / √(variance + ε)`.
    mutating func batchNorm(
        _ node: Graph.Node, _ layer: BatchNorm, _ x: ReferenceEngine.Values, _ g: ReferenceEngine.Values
    ) throws(EngineError) -> ReferenceEngine.Values {
        let seen = statistics[node.name]
        let weight = try read(node, "weight")
        let mean = if let seen { seen.mean } else { try read(node, "running_mean") }
        let variance = if let seen { seen.variance } else { try read(node, "running_var") }
        let deviation = variance.map { ($0 + layer.epsilon).squareRoot() }
        let normal = ReferenceEngine.Values(images: x.shape) { n, c, i, j in
            (x[n, c, i, j] - mean[c]) / deviation[c]
        }
        let dw = Self.channelSums(g) { index, slope in slope * normal.elements[index] }
        let db = Self.channelSums(g) { _, slope in slope }
        record(dw, of: "weight", node)
        record(db, of: "bias", node)
        let count = Double(seen?.count ?? 0)
        return ReferenceEngine.Values(images: x.shape) { n, c, i, j in
            let shared = seen == nil ? 0 : (db[c] + normal[n, c, i, j] * dw[c]) / count
            return (g[n, c, i, j] - shared) * weight[c] / deviation[c]
        }
    }

    /// As the batch norm in training mode, with means over the channels of a pixel and the weight inside:
    /// `∂x = (g·w − mean(g·w) − x̂ · mean(g·w·x̂)) / √(variance + ε)`.
    mutating func channelNorm(
        _ node: Graph.Node, _ layer: ChannelNorm, _ x: ReferenceEngine.Values, _ g: ReferenceEngine.Values
    ) throws(EngineError) -> ReferenceEngine.Values {
        let weight = try read(node, "weight")
        let (channels, count) = (0..<layer.channels, Double(layer.channels))
        var dx = ReferenceEngine.Values(zeros: x.shape)
        var (dw, db) = (weight.map { _ in 0.0 }, weight.map { _ in 0.0 })
        for n in 0..<x.shape[0] {
            for i in 0..<x.shape[2] {
                for j in 0..<x.shape[3] {
                    let pixel = channels.map { x[n, $0, i, j] }
                    let slopes = channels.map { g[n, $0, i, j] }
                    let mean = pixel.reduce(0, +) / count
                    let variance = pixel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
                    let deviation = (variance + layer.epsilon).squareRoot()
                    let normal = pixel.map { ($0 - mean) / deviation }
                    let weighted = channels.map { slopes[$0] * weight[$0] }
                    let common = weighted.reduce(0, +) / count
                    let along = zip(weighted, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
                    for c in channels {
                        dx.elements[dx.index(n, c, i, j)] = (weighted[c] - common - normal[c] * along) / deviation
                        dw[c] += slopes[c] * normal[c]
                        db[c] += slopes[c]
                    }
                }
            }
        }
        record(dw, of: "weight", node)
        record(db, of: "bias", node)
        return dx
    }

    /// For each channel the sum of a term over all elements, which gets the element's place and value.
    private static func channelSums(
        _ values: ReferenceEngine.Values, _ term: (Int, Double) -> Double
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: values.shape[1])
        let size = values.shape[2] * values.shape[3]
        for (index, value) in values.elements.enumerated() {
            sums[index / size % sums.count] += term(index, value)
        }
        return sums
    }
}
