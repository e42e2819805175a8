import Glibc
import ZooGraph
import ZooTensor

// The derivatives of operations without parameters. `g` is the gradient of the result.
extension ReferenceEngine {
    /// `g · f′(x)`. Where a function has a corner, PyTorch's choice.
    static func differentiate(_ function: Activation, at x: Values, _ g: Values) -> Values {
        Values(shape: x.shape, elements: zip(x.elements, g.elements).map { $1 * slope(of: function, at: $0) })
    }

    private static func slope(of function: Activation, at x: Double) -> Double {
        let sigmoid = 1 / (1 + exp(-x))
        switch function {
        case .relu: return x > 0 ? 1 : 0
        case .leakyRelu(let slope): return x > 0 ? 1 : Double(slope)
        case .relu6: return x > 0 && x < 6 ? 1 : 0
        case .sigmoid: return sigmoid * (1 - sigmoid)
        case .hardSigmoid: return x > -3 && x < 3 ? 1.0 / 6 : 0
        case .tanh: return 1 - tanh(x) * tanh(x)
        case .silu: return sigmoid * (1 + x * (1 - sigmoid))
        case .hardSwish: return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1
        case .gelu:
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            return erfc(-x / 2.0.squareRoot()) / 2 + x * density
        }
    }

    /// Each window's gradient goes to its largest element, the first of equal ones.
    static func differentiate(_ layer: MaxPool, at x: Values, _ g: Values) -> Values {
        var dx = Values(zeros: x.shape)
        forEachPlace(g) { n, c, i, j, slope in
            let (rows, columns) = window(i, j, layer.kernel, layer.stride, layer.padding, x.shape)
            var best: (value: Double, index: Int)?
            for y in rows {
                for z in columns where x[n, c, y, z] > best?.value ?? -.infinity {
                    best = (x[n, c, y, z], x.index(n, c, y, z))
                }
            }
            if let best { dx.elements[best.index] += slope }
        }
        return dx
    }

    /// Each window's gradient in equal parts, those of the padding lost.
    static func differentiate(_ layer: AveragePool, _ shape: Shape, _ g: Values) -> Values {
        var dx = Values(zeros: shape)
        let area = layer.kernel.height * layer.kernel.width
        forEachPlace(g) { n, c, i, j, slope in
            let (rows, columns) = window(i, j, layer.kernel, layer.stride, layer.padding, shape)
            let count = layer.countsPadding ? area : rows.count * columns.count
            for y in rows { for z in columns { dx.elements[dx.index(n, c, y, z)] += slope / Double(count) } }
        }
        return dx
    }

    /// Each window's gradient in equal parts.
    static func differentiate(_ layer: AdaptiveAveragePool, _ shape: Shape, _ g: Values) -> Values {
        var dx = Values(zeros: shape)
        forEachPlace(g) { n, c, i, j, slope in
            let rows = AdaptiveAveragePool.window(i, of: layer.size.height, size: shape[2])
            let columns = AdaptiveAveragePool.window(j, of: layer.size.width, size: shape[3])
            let part = slope / Double(rows.count * columns.count)
            for y in rows { for z in columns { dx.elements[dx.index(n, c, y, z)] += part } }
        }
        return dx
    }

    /// The kept elements, larger by what is missing: the dropout itself and, since it is linear, its derivative.
    static func drop(_ x: Values, _ dropout: Dropout, _ mask: [Bool]?) -> Values {
        guard let mask, !mask.isEmpty else { return x }
        let perElement = x.elements.count / mask.count
        let factor = 1 / (1 - dropout.probability)
        return Values(
            shape: x.shape,
            elements: x.elements.enumerated().map { index, value in mask[index / perElement] ? value * factor : 0 })
    }

    /// The channels of each of the tensors that were joined.
    static func split(_ g: Values, into shapes: [Shape]) -> [Values] {
        var first = 0
        return shapes.map { shape in
            defer { first += shape[1] }
            return Values(images: shape) { n, c, i, j in g[n, first + c, i, j] }
        }
    }

    /// `∂x = g · factors`; `∂factors` is the sum of `g · x` over the pixels, and over the images where they share factors.
    static func differentiateProduct(_ x: Values, _ factors: Values, _ g: Values) -> [Values] {
        var dFactors = Values(zeros: factors.shape)
        forEachPlace(g) { n, c, i, j, slope in
            dFactors.elements[(factors.shape[0] == 1 ? 0 : n) * factors.shape[1] + c] += slope * x[n, c, i, j]
        }
        return [scale(g, by: factors), dFactors]
    }

    /// The kept pixels' gradients; the others and the added channels have none.
    static func differentiate(_ operation: PaddedShortcut, _ shape: Shape, _ g: Values) -> Values {
        Values(images: shape) { n, c, y, z in
            guard y % operation.stride == 0, z % operation.stride == 0 else { return 0 }
            return g[n, c + operation.channelPadding, y / operation.stride, z / operation.stride]
        }
    }

    private static func forEachPlace(_ values: Values, _ body: (Int, Int, Int, Int, Double) -> Void) {
        for n in 0..<values.shape[0] {
            for c in 0..<values.shape[1] {
                for i in 0..<values.shape[2] {
                    for j in 0..<values.shape[3] { body(n, c, i, j, values[n, c, i, j]) }
                }
            }
        }
    }

    /// The rows and columns of a window that lie in the image.
    private static func window(
        _ i: Int, _ j: Int, _ kernel: Extent, _ stride: Extent, _ padding: Extent, _ shape: Shape
    ) -> (rows: Range<Int>, columns: Range<Int>) {
        let (top, left) = (i * stride.height - padding.height, j * stride.width - padding.width)
        let (bottom, right) = (min(top + kernel.height, shape[2]), min(left + kernel.width, shape[3]))
        return (max(top, 0)..<max(bottom, 0), max(left, 0)..<max(right, 0))
    }
}
