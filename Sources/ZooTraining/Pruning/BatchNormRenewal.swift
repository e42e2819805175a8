import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

/// Gives the batch norms of a network whose layers changed the statistics of what they see now.
///
/// Means and variances are the means of those of batches, as with PyTorch's `torch.optim.swa_utils.update_bn`.
struct BatchNormRenewal {
    let images: CalibrationImages

    /// The tensors with new statistics.
    ///
    /// - Returns: The same tensors for a network without batch norms, or too few images for a batch.
    /// - Throws: ``ZooEngine/EngineError``.
    /// - Complexity: One pass of the network for each image.
    func renew(_ tensors: [String: Tensor], of graph: Graph) throws -> [String: Tensor] {
        let scope = TrainingScope(
            parameters: [], batchNorms: TrainingScope.everything(of: graph).batchNorms, dropsOut: false)
        let batches = images.batches.filter { $0.count == images.batchSize }
        guard !scope.batchNorms.isEmpty, images.batchSize > 1, !batches.isEmpty else { return tensors }
        let parameters = try TrainableParameters(
            graph: try graph.recordingLastBatch(), parameters: tensors, scope: scope)
        let plan = try TrainingPlan(
            parameters, batchSize: images.batchSize, height: images.size.height, width: images.size.width,
            options: images.running.engineOptions)
        let names = scope.batchNorms.sorted().flatMap { ["\($0).running_mean", "\($0).running_var"] }
        var sums: [String: [Double]] = [:]
        for batch in batches {
            _ = try plan.forward(batch.pixels.span)
            let recorded = try parameters.tensors()
            for name in names {
                guard let values = try recorded[name]?.float32Values() else { continue }
                let sum = sums[name] ?? Array(repeating: 0, count: values.count)
                sums[name] = zip(sum, values).map { $0 + Double($1) }
            }
        }
        let renewed = sums.mapValues { sum in
            Tensor(sum.map { Float($0 / Double(batches.count)) }, shape: [sum.count])
        }
        return tensors.merging(renewed) { $1 }
    }
}

extension Graph {
    /// The same network, whose batch norms know nothing but the last batch.
    fileprivate func recordingLastBatch() throws -> Graph {
        let nodes = nodes.map { node in
            guard case .batchNorm(let norm) = node.operation else { return node }
            return Node(
                name: node.name,
                operation: .batchNorm(BatchNorm(channels: norm.channels, epsilon: norm.epsilon, momentum: 1)),
                inputs: node.inputs)
        }
        return try Graph(name: name, nodes: nodes, output: output, head: head?.prefix, listing: listing)
    }
}
