import ZooCore
public import ZooTensor

/// Weights as 8-bit integers with a scale for each output channel.
public struct Int8Weights: Sendable {
    /// The integers, int8, in the shape of the weights: output channels first.
    public let integers: Tensor
    /// What an integer of each output channel is multiplied by, float32.
    public let scales: Tensor

    /// Rounds weights to integers from −127 to 127, of which the largest magnitude of each output channel becomes 127.
    ///
    /// - Parameter weights: Any real type; output channels along the first axis.
    /// - Throws: ``EngineError`` (`mismatchedParameter`) if the type is not real or there is no axis.
    /// - Complexity: O(weights).
    public init(_ weights: Tensor) throws(EngineError) {
        guard weights.shape.rank > 0 else {
            throw EngineError(.mismatchedParameter, place: "", "a single number has no output channels")
        }
        let values: [Float]
        do { values = try weights.float32Values() } catch {
            throw EngineError(.mismatchedParameter, place: "", error.description)
        }
        let scales = IntegerForm.scales(ofRows: values.span, rowCount: weights.shape[0])
        let width = scales.isEmpty ? 0 : values.count / scales.count
        var integers: [Int8] = []
        integers.reserveCapacity(values.count)
        for index in values.indices {
            let integer = (values[index] / scales[index / width]).rounded(.toNearestOrEven)
            // What is no number becomes 0.
            integers.append(integer.isFinite ? Int8(max(-127, min(127, integer))) : 0)
        }
        let layout = TensorLayout(contiguous: .int8, weights.shape)
        do { self.integers = try Tensor(layout: layout, storage: Storage(copying: integers.rawSpan)) } catch {
            throw EngineError(.mismatchedParameter, place: "", error.description)
        }
        self.scales = Tensor(scales, shape: [scales.count])
    }

    /// The float32 that the integers stand for.
    ///
    /// - Complexity: O(weights).
    public var values: Tensor {
        let (integers, scales) = ((try? integers.float32Values()) ?? [], (try? scales.float32Values()) ?? [])
        let width = scales.isEmpty ? 1 : integers.count / scales.count
        return Tensor(integers.enumerated().map { $1 * scales[$0 / width] }, shape: self.integers.shape)
    }
}
