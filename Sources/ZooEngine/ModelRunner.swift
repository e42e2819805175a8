import Synchronization
public import ZooGraph
public import ZooTensor

/// Runs a network on batches and images of any size, keeping a plan for each size it meets.
///
/// Batch norms are folded once for all plans. Choose it where sizes vary; a plan of one's own costs less memory.
public final class ModelRunner: Sendable {
    /// How it runs.
    public let options: EngineOptions
    private let program: Program
    private let plans = Mutex<[Size: InferencePlan]>([:])

    private struct Size: Hashable {
        let batch: Int
        let height: Int
        let width: Int
    }

    /// Takes the weights; nothing is compiled yet.
    ///
    /// - Parameter parameters: As for ``InferencePlan``.
    /// - Throws: ``EngineError``: `missingParameter`, `mismatchedParameter`.
    public init(
        graph: Graph, parameters: [String: Tensor], options: EngineOptions = EngineOptions()
    ) throws(EngineError) {
        program = try Lowering.lower(graph, parameters: parameters)
        self.options = options
    }

    /// The plan for batches of that size, made at the first request.
    ///
    /// - Throws: ``EngineError``, as ``InferencePlan``.
    public func plan(batchSize: Int, height: Int, width: Int) throws(EngineError) -> InferencePlan {
        let size = Size(batch: batchSize, height: height, width: width)
        return try plans.withLock { plans throws(EngineError) in
            if let plan = plans[size] { return plan }
            let plan = try InferencePlan(
                program, batchSize: batchSize, height: height, width: width, options: options)
            plans[size] = plan
            return plan
        }
    }
}
