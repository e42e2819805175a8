import ZooCore
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

    /// A whole number of any name, if there is one.
    func counter(_ name: String) -> Int64? {
        guard let tensor = parameters[name], tensor.dtype == .int64, tensor.shape.elementCount == 1 else { return nil }
        let row = tensor.contiguous()
        var reader = ByteReader(row.contiguousBytes)
        return try? reader.read(Int64.self)
    }

    private func tensor(_ prefix: String, _ name: String, _ shape: Shape) throws(EngineError) -> Tensor {
        let name = "\(prefix).\(name)"
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
