import Glibc
import ZooCore
public import ZooGraph
public import ZooTensor

/// The weights of a network that nobody trained yet.
public enum NetworkInitialisation {
    /// Weights to train from scratch with, as torchvision's classes initialise most networks.
    ///
    /// Convolutions: normal with variance 2 / fan-out (He et al., *Delving Deep into Rectifiers*), bias 0. Norms: scale 1,
    /// shift 0, mean 0, variance 1. Linear layers: `torch.nn.Linear`'s, even within ±1/√inputs. Layers on tokens, tables
    /// of positions and tokens of transformers: normal with deviation 0.02; scales of residual branches 1e-6.
    ///
    /// - Returns: Every tensor of ``ZooGraph/Graph/parameterSpecs`` that is not optional, by PyTorch's names.
    /// - Complexity: O(parameters).
    public static func parameters(of graph: Graph, seed: UInt64) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (number, index) in graph.listing.enumerated() {
            let node = graph.nodes[index]
            // A sequence for each layer, so that another head leaves the other layers as they are.
            var generator = NormalGenerator(SeededGenerator(seed: seed, stream: UInt64(number) | 1 << 40))
            for parameter in node.operation.parameters {
                let name = node.name.isEmpty ? parameter.name : "\(node.name).\(parameter.name)"
                let values = values(of: parameter.name, parameter.shape, in: node.operation, &generator)
                tensors[name] = Tensor(values, shape: parameter.shape)
            }
        }
        for spec in graph.parameterSpecs where spec.isOptional { tensors[spec.name] = nil }
        return tensors
    }

    private static func values(
        of name: String, _ shape: Shape, in operation: Operation, _ generator: inout NormalGenerator
    ) -> [Float] {
        let count = shape.elementCount
        let isBias = name.hasSuffix("bias")
        switch operation {
        case .convolution(let layer) where !isBias:
            let fanOut = Double(layer.outputChannels / layer.groups * layer.kernel.height * layer.kernel.width)
            return generator.normal(count, deviation: (2 / fanOut).squareRoot())
        case .linear(let layer):
            return generator.even(count, bound: 1 / Double(layer.inputFeatures).squareRoot())
        case .batchNorm: return Array(repeating: name == "weight" || name == "running_var" ? 1 : 0, count: count)
        case .channelNorm: return Array(repeating: isBias ? 0 : 1, count: count)
        case .channelFactors, .channelAffine: return Array(repeating: isBias ? 0 : 1e-6, count: count)
        case _ where isBias: return Array(repeating: 0, count: count)
        default: return generator.normal(count, deviation: 0.02)
        }
    }
}

/// Normally distributed numbers, two at a time (Box and Muller, 1958).
struct NormalGenerator {
    private var source: SeededGenerator

    init(_ source: SeededGenerator) {
        self.source = source
    }

    mutating func normal(_ count: Int, deviation: Double) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count + 1)
        while values.count < count {
            let radius = (-2 * log(1 - Double(source.next() >> 11) * 0x1p-53)).squareRoot() * deviation
            let angle = 2 * Double.pi * Double(source.next() >> 11) * 0x1p-53
            values.append(Float(radius * cos(angle)))
            values.append(Float(radius * sin(angle)))
        }
        if values.count > count { values.removeLast() }
        return values
    }

    mutating func even(_ count: Int, bound: Double) -> [Float] {
        (0..<count).map { _ in (2 * source.uniform() - 1) * Float(bound) }
    }
}
