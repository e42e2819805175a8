public import ZooGraph
public import ZooTensor

/// The parameters of a network while it is trained, shared by the plans for different sizes of batches.
///
/// Trained parameters and their gradients are float32 whatever the plans compute with. Everything else stays as it was
/// given, except what batch norms record.
///
/// Not for two threads at a time.
public final class TrainableParameters {
    /// The network; without its dropouts where they do not drop.
    public let graph: Graph
    /// What of it learns.
    public let scope: TrainingScope
    /// The trained parameters, in the order of PyTorch's `state_dict`.
    public let names: [String]

    /// Reads what is not trained.
    let frozen: ParameterReader
    let trained: [String: TrainedTensor]
    /// By the names of their layers.
    var statistics: [String: BatchStatistics] = [:]
    /// Grows whenever values change, so that plans know when their copies are old.
    private(set) var version = 0

    /// Takes a network's parameters; those that are trained are copied.
    ///
    /// - Parameter parameters: As for ``InferencePlan``.
    /// - Throws: ``EngineError``: `missingParameter`, also for a name in `scope` that the network does not have;
    ///   `mismatchedParameter`; `unsupportedProcessor`; `library`.
    public init(
        graph: Graph, parameters: [String: Tensor], scope: TrainingScope
    ) throws(EngineError) {
        let graph = scope.dropsOut ? graph : try Lowering.withoutDropout(graph)
        let reader = ParameterReader(network: graph.name, parameters: parameters)
        self.graph = graph
        self.scope = scope
        // Those that are trained are not kept twice.
        frozen = ParameterReader(
            network: graph.name, parameters: parameters.filter { !scope.parameters.contains($0.key) })
        names = graph.parameterSpecs.map(\.name).filter { scope.parameters.contains($0) }
        if let stranger = scope.parameters.subtracting(names).min() {
            throw EngineError(
                .missingParameter, place: "\(graph.name): \(stranger)",
                "the network has no parameter of that name to train")
        }
        trained = try EngineThread.shared.perform { () throws(EngineError) in
            try Self.trainedTensors(of: graph, scope, reader, Library.shared())
        }
        for node in graph.nodes where scope.batchNorms.contains(node.name) {
            if case .batchNorm(let layer) = node.operation {
                statistics[node.name] = try BatchStatistics(layer, node.name, reader)
            }
        }
    }

    private static func trainedTensors(
        of graph: Graph, _ scope: TrainingScope, _ reader: ParameterReader, _ library: Library
    ) throws(EngineError) -> [String: TrainedTensor] {
        var tensors: [String: TrainedTensor] = [:]
        for node in graph.nodes {
            for parameter in node.operation.parameters {
                let name = node.name(of: parameter)
                guard scope.parameters.contains(name) else { continue }
                guard parameter.role == .trained else {
                    throw EngineError(
                        .mismatchedParameter, place: "\(graph.name): \(name)", "it is recorded, not trained")
                }
                let values = try reader.values(node.name, parameter.name, parameter.shape)
                tensors[name] = try TrainedTensor(name, values, shape: parameter.shape, library)
            }
        }
        return tensors
    }

    /// Lets an optimiser change the trained parameters.
    ///
    /// - Parameter change: called for each with its name, its values and the gradient that the last backward pass left.
    ///   Both are in the same order, which never changes and is not PyTorch's; zeros may pad them.
    /// - Complexity: O(elements).
    public func update<Failure: Error>(
        _ change: (_ name: String, _ values: inout MutableSpan<Float>, _ gradient: Span<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        defer { version += 1 }
        for name in names {
            guard let tensor = trained[name] else { continue }
            try tensor.gradient.change { gradient throws(Failure) in
                let slopes = gradient.span
                try tensor.values.change { values throws(Failure) in try change(name, &values, slopes) }
            }
        }
    }

    /// Sets all gradients to zero, for plans that add to them.
    ///
    /// - Complexity: O(elements).
    public func clearGradients() {
        for tensor in trained.values { tensor.gradient.clear() }
    }

    /// The gradient of every trained parameter, in PyTorch's order.
    ///
    /// - Throws: ``EngineError`` (`library`).
    /// - Complexity: O(elements).
    public func gradients() throws(EngineError) -> [String: [Float]] {
        try collect { tensor throws(EngineError) in try tensor.rowMajorGradient() }
    }

    private func collect(
        _ read: (TrainedTensor) throws(EngineError) -> [Float]
    ) throws(EngineError) -> [String: [Float]] {
        try EngineThread.shared.perform { () throws(EngineError) in
            var values: [String: [Float]] = [:]
            for (name, tensor) in trained { values[name] = try read(tensor) }
            return values
        }
    }

    /// The whole network's parameters as they are now, by PyTorch's names, with what batch norms recorded.
    ///
    /// - Throws: ``EngineError`` (`library`).
    /// - Complexity: O(trained elements).
    public func tensors() throws(EngineError) -> [String: Tensor] {
        var tensors = frozen.parameters
        let values = try collect { tensor throws(EngineError) in try tensor.rowMajorValues() }
        for (name, values) in values { tensors[name] = Tensor(values, shape: trained[name]?.shape ?? []) }
        for (layer, record) in statistics {
            for (name, tensor) in record.tensors { tensors["\(layer).\(name)"] = tensor }
        }
        return tensors
    }
}
