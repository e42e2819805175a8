import ZooCore
import ZooGraph
import ZooTensor

/// Takes parameters out of a state dict, checked against what the network expects.
struct ParameterReader: Sendable {
    let network: String
    let parameters: [String: Tensor]

    /// The elements of `prefix.name`, as float32.
    ///
    /// - Throws: ``EngineError``: `missingParameter`, or `mismatchedParameter` for another shape or a type that is no
    ///   real number.
    /// - Complexity: O(elements).
    func values(_ prefix: String, _ name: String, _ shape: Shape) throws(EngineError) -> [Float] {
        let tensor = try tensor(prefix, name, shape)
        do { return try tensor.float32Values() } catch {
            throw EngineError(.mismatchedParameter, place: "\(network): \(prefix).\(name)", error.description)
        }
    }

    /// The same as a tensor, row-major and float32; nothing is copied where it is one.
    ///
    /// - Throws: ``EngineError``, as ``values(_:_:_:)``.
    func rows(_ prefix: String, _ name: String, _ shape: Shape) throws(EngineError) -> Tensor {
        let tensor = try tensor(prefix, name, shape)
        if tensor.dtype == .float32 { return tensor.contiguous() }
        return Tensor(try values(prefix, name, shape), shape: shape)
    }

    /// A whole number of any name, if there is one.
    func counter(_ name: String) -> Int64? {
        guard let tensor = parameters[name], tensor.dtype == .int64, tensor.shape.elementCount == 1 else { return nil }
        let row = tensor.contiguous()
        var reader = ByteReader(row.contiguousBytes)
        return try? reader.read(Int64.self)
    }

    /// Weight and bias of a layer on pixels; the bias is empty where there is none.
    ///
    /// - Throws: ``EngineError``, as ``values(_:_:_:)``.
    func values(
        of layer: PixelLinear, _ prefix: String
    ) throws(EngineError) -> (weight: [Float], bias: [Float]) {
        let weight = try values(prefix, layer.weightName, [layer.outputFeatures, layer.inputFeatures])
        guard layer.hasBias else { return (weight, []) }
        var bias = try values(prefix, layer.biasName, [layer.outputFeatures])
        for index in layer.unbiased { bias[index] = 0 }
        return (weight, bias)
    }

    /// Checks the index of a table of positions, where the checkpoint has it: the engine reads the places that follow
    /// from the window's size.
    ///
    /// - Throws: ``EngineError`` (`mismatchedParameter`) if the checkpoint's index has other places.
    func check(_ prefix: String, _ operation: RelativePositions) throws(EngineError) {
        for parameter in Operation.relativePositions(operation).parameters {
            guard parameters["\(prefix).\(parameter.name)"] != nil else { continue }
            let found = try values(prefix, parameter.name, parameter.shape)
            guard zip(found, operation.index).allSatisfy({ $0 == Float($1) }) else {
                throw EngineError(
                    .mismatchedParameter, place: "\(network): \(prefix).\(parameter.name)",
                    "the index is not the one of a window of \(operation.window) pixels; the checkpoint belongs to "
                        + "another network")
            }
        }
    }

    private func tensor(_ prefix: String, _ name: String, _ shape: Shape) throws(EngineError) -> Tensor {
        let name = prefix.isEmpty ? name : "\(prefix).\(name)"
        guard let tensor = parameters[name] else {
            throw EngineError(
                .missingParameter, place: "\(network): \(name)",
                "the parameter is missing; the checkpoint belongs to another network")
        }
        guard tensor.shape == shape else {
            throw EngineError(
                .mismatchedParameter, place: "\(network): \(name)",
                "the network expects shape \(shape), the checkpoint has \(tensor.shape)")
        }
        return tensor
    }
}
