import ZooGraph
import ZooTensor

extension TrainableParameters {
    /// Lets a regulariser change the gradients that the last backward pass left, before ``update(_:)``.
    ///
    /// - Parameter change: called for each trained parameter with its name, its gradient and its values, in the order that
    ///   ``update(_:)`` has.
    /// - Complexity: O(elements).
    public func adjustGradients<Failure: Error>(
        _ change: (_ name: String, _ gradient: inout MutableSpan<Float>, _ values: Span<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        for name in names {
            guard let tensor = trained[name] else { continue }
            try tensor.values.change { values throws(Failure) in
                let current = values.span
                try tensor.gradient.change { gradient throws(Failure) in try change(name, &gradient, current) }
            }
        }
    }

    /// One number for each element of a parameter, as an optimiser keeps them, in PyTorch's order.
    ///
    /// - Parameters:
    ///   - buffer: In the order of ``update(_:)``.
    ///   - name: A trained parameter.
    /// - Throws: ``EngineError``: `missingParameter` for another name, `wrongInput` for another number of elements,
    ///   `library`.
    /// - Complexity: O(elements).
    public func rowMajor(_ buffer: [Float], of name: String) throws(EngineError) -> [Float] {
        let tensor = try tensor(name)
        try require(buffer.count, tensor.values.elementCount, name)
        return try EngineThread.shared.perform { () throws(EngineError) in try tensor.rowMajor(buffer) }
    }

    /// The reverse of ``rowMajor(_:of:)``: what pads the order of ``update(_:)`` is zero.
    ///
    /// The order depends on the processor and on the plans that were made; make the plan first.
    ///
    /// - Throws: As ``rowMajor(_:of:)``.
    /// - Complexity: O(elements).
    public func optimiserOrder(_ rowMajor: [Float], of name: String) throws(EngineError) -> [Float] {
        let tensor = try tensor(name)
        try require(rowMajor.count, tensor.shape.elementCount, name)
        return try EngineThread.shared.perform { () throws(EngineError) in try tensor.optimiserOrder(rowMajor) }
    }

    private func tensor(_ name: String) throws(EngineError) -> TrainedTensor {
        guard let tensor = trained[name] else {
            throw EngineError(
                .missingParameter, place: "\(graph.name): \(name)", "no parameter of that name is trained")
        }
        return tensor
    }

    private func require(_ count: Int, _ expected: Int, _ name: String) throws(EngineError) {
        guard count == expected else {
            throw EngineError(
                .wrongInput, place: "\(graph.name): \(name)", "\(count) elements where the parameter has \(expected)")
        }
    }
}
