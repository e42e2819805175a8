import Glibc
import ZooGraph
import ZooTensor

// Every function is the formula in the documentation of its operation.
extension ReferenceEngine {
    static func convolve(
        _ x: Values, _ layer: Convolution, _ weight: [Double], _ bias: [Double], _ shape: Shape
    ) -> Values {
        let (height, width) = (x.shape[2], x.shape[3])
        let inputsPerGroup = layer.inputChannels / layer.groups
        let outputsPerGroup = layer.outputChannels / layer.groups
        return Values(images: shape) { n, o, i, j in
            var sum = bias.isEmpty ? 0 : bias[o]
            let firstInput = o / outputsPerGroup * inputsPerGroup
            for c in 0..<inputsPerGroup {
                for k in 0..<layer.kernel.height {
                    let y = i * layer.stride.height + k * layer.dilation.height - layer.padding.height
                    guard 0..<height ~= y else { continue }
                    for l in 0..<layer.kernel.width {
                        let z = j * layer.stride.width + l * layer.dilation.width - layer.padding.width
                        guard 0..<width ~= z else { continue }
                        let w = weight[((o * inputsPerGroup + c) * layer.kernel.height + k) * layer.kernel.width + l]
                        sum += w * x[n, firstInput + c, y, z]
                    }
                }
            }
            return sum
        }
    }

    static func normalise(
        _ x: Values, _ layer: BatchNorm, weight: [Double], bias: [Double], mean: [Double], variance: [Double]
    ) -> Values {
        Values(images: x.shape) { n, c, i, j in
            (x[n, c, i, j] - mean[c]) / (variance[c] + layer.epsilon).squareRoot() * weight[c] + bias[c]
        }
    }

    static func multiply(
        _ x: Values, _ layer: Linear, _ weight: [Double], _ bias: [Double], _ shape: Shape
    ) -> Values {
        var elements: [Double] = []
        for n in 0..<shape[0] {
            for o in 0..<layer.outputFeatures {
                var sum = bias.isEmpty ? 0 : bias[o]
                for i in 0..<layer.inputFeatures {
                    sum += weight[o * layer.inputFeatures + i] * x.elements[n * layer.inputFeatures + i]
                }
                elements.append(sum)
            }
        }
        return Values(shape: shape, elements: elements)
    }

    static func apply(_ function: Activation, to x: Values) -> Values {
        let elements =
            switch function {
            case .relu: x.elements.map { max($0, 0) }
            case .leakyRelu(let slope): x.elements.map { $0 > 0 ? $0 : $0 * Double(slope) }
            case .relu6: x.elements.map { min(max($0, 0), 6) }
            case .sigmoid: x.elements.map { 1 / (1 + exp(-$0)) }
            case .hardSigmoid: x.elements.map { min(max($0 + 3, 0), 6) / 6 }
            case .silu: x.elements.map { $0 / (1 + exp(-$0)) }
            case .hardSwish: x.elements.map { $0 * min(max($0 + 3, 0), 6) / 6 }
            case .gelu: x.elements.map { $0 * erfc(-$0 / 2.0.squareRoot()) / 2 }
            case .tanh: x.elements.map { Glibc.tanh($0) }
            }
        return Values(shape: x.shape, elements: elements)
    }

    static func pool(_ x: Values, _ layer: MaxPool, _ shape: Shape) -> Values {
        Values(images: shape) { n, c, i, j in
            var largest = -Double.infinity
            for k in 0..<layer.kernel.height {
                for l in 0..<layer.kernel.width {
                    let y = i * layer.stride.height + k - layer.padding.height
                    let z = j * layer.stride.width + l - layer.padding.width
                    if 0..<x.shape[2] ~= y, 0..<x.shape[3] ~= z { largest = max(largest, x[n, c, y, z]) }
                }
            }
            return largest
        }
    }

    static func pool(_ x: Values, _ layer: AveragePool, _ shape: Shape) -> Values {
        Values(images: shape) { n, c, i, j in
            var (sum, count) = (0.0, 0.0)
            for k in 0..<layer.kernel.height {
                for l in 0..<layer.kernel.width {
                    let y = i * layer.stride.height + k - layer.padding.height
                    let z = j * layer.stride.width + l - layer.padding.width
                    let isInside = 0..<x.shape[2] ~= y && 0..<x.shape[3] ~= z
                    if isInside { sum += x[n, c, y, z] }
                    if isInside || layer.countsPadding { count += 1 }
                }
            }
            return sum / count
        }
    }

    static func pool(_ x: Values, _ layer: AdaptiveAveragePool, _ shape: Shape) -> Values {
        Values(images: shape) { n, c, i, j in
            let rows = AdaptiveAveragePool.window(i, of: layer.size.height, size: x.shape[2])
            let columns = AdaptiveAveragePool.window(j, of: layer.size.width, size: x.shape[3])
            var sum = 0.0
            for y in rows { for z in columns { sum += x[n, c, y, z] } }
            return sum / Double(rows.count * columns.count)
        }
    }

    static func join(_ inputs: [Values], _ shape: Shape) -> Values {
        Values(images: shape) { n, c, i, j in
            var (channel, input) = (c, 0)
            while channel >= inputs[input].shape[1] {
                channel -= inputs[input].shape[1]
                input += 1
            }
            return inputs[input][n, channel, i, j]
        }
    }

    static func scale(_ x: Values, by factors: Values) -> Values {
        Values(images: x.shape) { n, c, i, j in x[n, c, i, j] * factors[factors.shape[0] == 1 ? 0 : n, c, 0, 0] }
    }

    static func normalise(_ x: Values, _ layer: ChannelNorm, weight: [Double], bias: [Double]) -> Values {
        let channels = 0..<layer.channels
        return Values(images: x.shape) { n, c, i, j in
            let mean = channels.reduce(0) { $0 + x[n, $1, i, j] } / Double(layer.channels)
            let variance =
                channels.reduce(0) { sum, c in
                    sum + (x[n, c, i, j] - mean) * (x[n, c, i, j] - mean)
                } / Double(layer.channels)
            return (x[n, c, i, j] - mean) / (variance + layer.epsilon).squareRoot() * weight[c] + bias[c]
        }
    }

    static func mean(_ x: Values, _ shape: Shape) -> Values {
        let size = x.shape[2] * x.shape[3]
        return Values(images: shape) { n, c, _, _ in
            let start = (n * x.shape[1] + c) * size
            return x.elements[start..<start + size].reduce(0, +) / Double(size)
        }
    }

    static func shortcut(_ x: Values, _ operation: PaddedShortcut, _ shape: Shape) -> Values {
        Values(images: shape) { n, c, i, j in
            let channel = c - operation.channelPadding
            guard 0..<x.shape[1] ~= channel else { return 0 }
            return x[n, channel, i * operation.stride, j * operation.stride]
        }
    }
}
