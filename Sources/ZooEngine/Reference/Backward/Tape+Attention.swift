import Glibc
import ZooGraph
import ZooTensor

// The derivatives of the operations of transformers. `g` is the gradient of the result, `x` the input.
extension ReferenceEngine.Tape {
    /// The gradient in PyTorch's order: pixel by pixel.
    mutating func learntMap(_ node: Graph.Node, _ operation: LearntMap, _ g: ReferenceEngine.Values) {
        guard operation.isTrained else { return }
        var gradient: [Double] = []
        for i in 0..<g.shape[2] {
            for j in 0..<g.shape[3] { for c in 0..<g.shape[1] { gradient.append(g[0, c, i, j]) } }
        }
        record(gradient, of: operation.parameter, node)
    }

    /// `∂q` and `∂k` go through the length: with `n = ‖q‖` and `y = f·q/n`, `∂q = f/n · (g − q·⟨q, g⟩/n²)` and
    /// `∂f = ⟨q, g⟩/n`; where the length counts as 1e-12 only the first term is left. `f = exp(min(factor, ln 100))`.
    func headNorm(
        _ operation: HeadNorm, _ x: ReferenceEngine.Values, factors: ReferenceEngine.Values, _ g: ReferenceEngine.Values
    ) -> [ReferenceEngine.Values] {
        let channels = x.shape[1] / 3
        let width = channels / operation.heads
        var (dx, dFactors) = (g, ReferenceEngine.Values(zeros: factors.shape))
        for n in 0..<x.shape[0] {
            for i in 0..<x.shape[2] {
                for j in 0..<x.shape[3] {
                    for first in stride(from: 0, to: 2 * channels, by: width) {
                        let part = first..<first + width
                        let length = part.reduce(0) { $0 + x[n, $1, i, j] * x[n, $1, i, j] }.squareRoot()
                        let along = part.reduce(0) { $0 + x[n, $1, i, j] * g[n, $1, i, j] }
                        let head = first / width
                        let isQuery = first < channels
                        let factor = isQuery ? exp(min(factors[0, head, 0, 0], log(100))) : 1
                        let bounded = max(length, 1e-12)
                        for c in part {
                            let turned = length < 1e-12 ? 0 : x[n, c, i, j] * along / (length * length)
                            dx.elements[dx.index(n, c, i, j)] = factor / bounded * (g[n, c, i, j] - turned)
                        }
                        if isQuery && factors[0, head, 0, 0] <= log(100) {
                            dFactors.elements[head] += along / bounded * factor
                        }
                    }
                }
            }
        }
        return [dx, dFactors]
    }

    /// Every number of the table gets the sum of the gradients of the places that read it.
    func relativePositions(
        _ operation: RelativePositions, _ shape: Shape, _ g: ReferenceEngine.Values
    ) -> ReferenceEngine.Values {
        var dx = ReferenceEngine.Values(zeros: shape)
        let (index, area) = (operation.index, operation.table.height * operation.table.width)
        for head in 0..<shape[1] {
            for (place, entry) in index.enumerated() {
                dx.elements[head * area + entry] += g.elements[head * index.count + place]
            }
        }
        return dx
    }

    /// The gradients of the pixels that were moved; those of the rest are zero.
    func rearrangement(
        _ operation: Rearrangement, _ shape: Shape, _ g: ReferenceEngine.Values
    ) -> ReferenceEngine.Values {
        let sources = operation.sources(input: shape, output: g.shape)
        let perPixel = g.shape[1] / shape[1]
        var dx = ReferenceEngine.Values(zeros: shape)
        for n in 0..<shape[0] {
            for (part, source) in sources.enumerated() where source >= 0 {
                let pixel = part / perPixel
                for c in 0..<shape[1] {
                    let slope = g[
                        n, part % perPixel * shape[1] + c, pixel / g.shape[3], pixel % g.shape[3]]
                    dx.elements[dx.index(n, c, source / shape[3], source % shape[3])] += slope
                }
            }
        }
        return dx
    }

    /// Pixels get their own, token and positions the sum over the images.
    func sequence(_ inputs: [ReferenceEngine.Values], _ g: ReferenceEngine.Values) -> [ReferenceEngine.Values] {
        let (image, token, positions) = (inputs[0].shape, inputs[1].shape, inputs[2].shape)
        var (dToken, dPositions) = (ReferenceEngine.Values(zeros: token), ReferenceEngine.Values(zeros: positions))
        for n in 0..<g.shape[0] {
            for c in 0..<g.shape[1] {
                dToken.elements[c] += g[n, c, 0, 0]
                for place in 0..<g.shape[3] { dPositions.elements[c * g.shape[3] + place] += g[n, c, 0, place] }
            }
        }
        let dx = ReferenceEngine.Values(images: image) { n, c, i, j in g[n, c, 0, 1 + i * image[3] + j] }
        return [dx, dToken, dPositions]
    }

    /// With `s` the products, `p = softmax(s)` and `y = p·v`: `∂v = pᵀ·g`, `∂p = g·vᵀ`, `∂s = p·(∂p − Σ p·∂p)`,
    /// `∂q = scale · ∂s·k`, `∂k = scale · ∂sᵀ·q`; positions get the sum of `∂s` over the rows of all images.
    func attention(
        _ layer: Attention, _ x: ReferenceEngine.Values, positions: ReferenceEngine.Values?, parts: [Int],
        _ g: ReferenceEngine.Values
    ) -> (input: ReferenceEngine.Values, positions: ReferenceEngine.Values?) {
        let (channels, length) = (g.shape[1], g.shape[3])
        let width = channels / layer.heads
        var dx = ReferenceEngine.Values(zeros: x.shape)
        var dPositions = positions.map { ReferenceEngine.Values(zeros: $0.shape) }
        for n in 0..<g.shape[0] {
            for row in 0..<g.shape[2] {
                for head in 0..<layer.heads {
                    let features = head * width..<(head + 1) * width
                    for i in 0..<length {
                        let shares = ReferenceEngine.shares(layer, x, positions, parts, (n, row, head, i), length)
                        let dShares = (0..<length).map { j in
                            features.reduce(0) { $0 + g[n, $1, row, i] * x[n, 2 * channels + $1, row, j] }
                        }
                        let mean = zip(shares, dShares).reduce(0) { $0 + $1.0 * $1.1 }
                        for j in 0..<length {
                            let slope = shares[j] * (dShares[j] - mean)
                            dPositions?.elements[(head * length + i) * length + j] += slope
                            for c in features {
                                let (query, key) = (x[n, c, row, i], x[n, channels + c, row, j])
                                dx.elements[dx.index(n, c, row, i)] += layer.scale * slope * key
                                dx.elements[dx.index(n, channels + c, row, j)] += layer.scale * slope * query
                                dx.elements[dx.index(n, 2 * channels + c, row, j)] += shares[j] * g[n, c, row, i]
                            }
                        }
                    }
                }
            }
        }
        return (dx, dPositions)
    }
}
