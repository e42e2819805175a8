import Glibc
import ZooGraph
import ZooTensor

// Every function is the formula in the documentation of its operation.
extension ReferenceEngine {
    /// Pixels whose channels lie together as an image.
    static func map(_ pixels: [Double], _ shape: Shape) -> Values {
        Values(images: shape) { _, c, i, j in pixels[(i * shape[3] + j) * shape[1] + c] }
    }

    static func rearrange(_ x: Values, _ operation: Rearrangement, _ shape: Shape) -> Values {
        let sources = operation.sources(input: x.shape, output: shape)
        let (channels, width) = (x.shape[1], x.shape[3])
        let perPixel = shape[1] / channels
        return Values(images: shape) { n, c, i, j in
            let source = sources[(i * shape[3] + j) * perPixel + c / channels]
            return source < 0 ? 0 : x[n, c % channels, source / width, source % width]
        }
    }

    static func sequence(_ x: Values, token: Values, positions: Values, _ shape: Shape) -> Values {
        Values(images: shape) { n, c, _, place in
            let pixel = place - 1
            let value = pixel < 0 ? token[0, c, 0, 0] : x[n, c, pixel / x.shape[3], pixel % x.shape[3]]
            return value + positions[0, c, 0, place]
        }
    }

    static func attend(
        _ x: Values, _ layer: Attention, positions: Values?, parts: [Int], _ shape: Shape
    ) -> Values {
        let (channels, length) = (shape[1], shape[3])
        let width = channels / layer.heads
        var result = Values(shape: shape, elements: [Double](repeating: 0, count: shape.elementCount))
        for n in 0..<shape[0] {
            for row in 0..<shape[2] {
                for head in 0..<layer.heads {
                    let features = head * width..<(head + 1) * width
                    for i in 0..<length {
                        let shares = shares(layer, x, positions, parts, (n, row, head, i), length)
                        for c in features {
                            let value = (0..<length).reduce(0) { $0 + shares[$1] * x[n, 2 * channels + c, row, $1] }
                            result.elements[((n * channels + c) * shape[2] + row) * length + i] = value
                        }
                    }
                }
            }
        }
        return result
    }

    /// How much of the value of each pixel of a row the pixel `i` of it takes.
    static func shares(
        _ layer: Attention, _ x: Values, _ positions: Values?, _ parts: [Int],
        _ place: (n: Int, row: Int, head: Int, i: Int), _ length: Int
    ) -> [Double] {
        let (n, row, head, i) = place
        let channels = x.shape[1] / 3
        let width = channels / layer.heads
        let features = head * width..<(head + 1) * width
        let scores = (0..<length).map { j in
            let product = features.reduce(0) { $0 + x[n, $1, row, i] * x[n, channels + $1, row, j] }
            let isApart = !parts.isEmpty && parts[row * length + i] != parts[row * length + j]
            return layer.scale * product + (positions?[0, head, i, j] ?? 0) - (isApart ? 100 : 0)
        }
        let largest = scores.max() ?? 0
        let shares = scores.map { exp($0 - largest) }
        let sum = shares.reduce(0, +)
        return shares.map { $0 / sum }
    }

    static func normalise(_ x: Values, _ operation: HeadNorm, factors: Values) -> Values {
        let channels = x.shape[1] / 3
        let width = channels / operation.heads
        return Values(images: x.shape) { n, c, i, j in
            guard c < 2 * channels else { return x[n, c, i, j] }
            let first = c / width * width
            let norm = (first..<first + width).reduce(0) { $0 + x[n, $1, i, j] * x[n, $1, i, j] }.squareRoot()
            let factor = c < channels ? exp(min(factors[0, c / width, 0, 0], log(100))) : 1
            return x[n, c, i, j] / max(norm, 1e-12) * factor
        }
    }
}
