import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

/// Runs a network in float64 and rounds weights and values where the integers of a calibration would.
///
/// What is left between this and the engine is float32's rounding, which now and then makes a value the next integer.
struct IntegerEmulation {
    let graph: Graph
    let parameters: [String: Tensor]
    let calibration: Int8Calibration

    func run(_ input: [Double], shape: Shape) throws -> [Double] {
        let program = try Lowering.lower(graph, parameters: parameters)
        // Without dropout.
        let graph = program.graph
        let quantised = QuantisedProgram(program, calibration)
        let reader = ParameterReader(
            network: graph.name, parameters: try parameters.roundingWeights(of: calibration.layers))
        let shapes = try graph.shapes(batch: shape[0], height: shape[2], width: shape[3])
        // The last node of each value, whose result is what lies in memory.
        var lastNodes: [Int: Int] = [:]
        for (node, value) in program.values.enumerated() where !graph.nodes[node].operation.isView {
            lastNodes[value] = node
        }
        let beginnings = Dictionary(uniqueKeysWithValues: program.steps.map { ($0.node, $0) })
        var results: [ReferenceEngine.Values] = []
        for (index, node) in graph.nodes.enumerated() {
            guard index > 0 else {
                results.append(ReferenceEngine.Values(shape: shape, elements: input))
                continue
            }
            var inputs = node.inputs.map { results[$0] }
            if let step = beginnings[index], quantised.steps.contains(step.output),
                let form = quantised.forms[step.inputs[0]]
            {
                inputs[0].elements = inputs[0].elements.map(form.rounded)
            }
            var result = try ReferenceEngine.evaluate(node, inputs, shapes[index], reader)
            let value = program.values[index]
            if lastNodes[value] == index, quantised.written.contains(value), let form = quantised.forms[value] {
                result.elements = result.elements.map(form.rounded)
            }
            results.append(result)
        }
        return results[graph.output].elements
    }
}

extension IntegerForm {
    /// The number that the integer for `number` stands for.
    func rounded(_ number: Double) -> Double {
        let range = element == .uint8 ? 0.0...255 : -128.0...127
        let integer = (number / Double(scale)).rounded(.toNearestOrEven)
        return min(max(integer, range.lowerBound), range.upperBound) * Double(scale)
    }
}

extension [String: Tensor] {
    /// The weights of `layers` as the numbers that their integers stand for.
    func roundingWeights(of layers: Set<String>) throws -> [String: Tensor] {
        var result = self
        for layer in layers {
            guard let weight = self["\(layer).weight"] else { continue }
            let values = try weight.float32Values()
            let scales = IntegerForm.scales(ofRows: values.span, rowCount: weight.shape[0])
            let width = values.count / scales.count
            result["\(layer).weight"] = Tensor(
                values.enumerated().map { index, value in
                    let scale = scales[index / width]
                    return (value / scale).rounded(.toNearestOrEven) * scale
                }, shape: weight.shape)
        }
        return result
    }
}
