import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

/// Fits the weights of layers that lost inputs, so that what they give stays as near as can be to what it was.
///
/// What a channel told can in part be told from those that are left. For each convolution and linear layer that lost inputs
/// the new weights W are those for which `Σ ‖W·x − V·y‖² + ρ·‖W − V₀‖²` is least: y are patches of what the layer takes in
/// the network before the pruning, x what is left of them, V the old weights, and V₀ the old weights of what is left.
///
/// Source: He, Zhang and Sun, *Channel Pruning for Accelerating Very Deep Neural Networks* (2017), section 3.1, step (ii),
/// each layer by itself.
struct LayerReconstruction {
    /// The network before the pruning.
    let graph: Graph
    let parameters: [String: Tensor]
    let images: CalibrationImages

    /// ρ, as a share of the mean of the matrix's diagonal.
    private static let stiffness = 1e-3

    /// The tensors of the narrowed network with weights that were fitted.
    ///
    /// - Parameter tensors: what is left of the old ones.
    /// - Throws: ``ZooEngine/EngineError``; what `onLayer` throws.
    /// - Complexity: One pass of the network up to each layer that lost inputs for each image, and O(inputs² · patches).
    func fit(
        _ narrowed: NarrowedGraph, tensors: [String: Tensor], onLayer: () throws -> Void = {}
    ) throws -> [String: Tensor] {
        var tensors = tensors
        for node in graph.nodes {
            let name = Graph.name(of: "weight", in: node.name)
            guard let layer = Self.patches(of: node.operation), let left = narrowed.selections[name]?.columns,
                let old = parameters[name], let start = tensors[name]
            else { continue }
            try onLayer()
            let moments = try moments(of: layer, at: node.inputs[0])
            tensors[name] = try Self.fitted(
                start, old: old, rows: narrowed.selections[name]?.rows, columns: left, moments)
        }
        return tensors
    }

    /// The layer as a convolution; `nil` for one that is not fitted.
    private static func patches(of operation: Operation) -> Convolution? {
        switch operation {
        case .convolution(let layer) where layer.groups == 1: layer
        case .linear(let layer):
            Convolution(inputChannels: layer.inputFeatures, outputChannels: layer.outputFeatures, kernel: 1)
        default: nil
        }
    }

    /// The second moments of the patches that a layer takes.
    private func moments(of layer: Convolution, at input: Int) throws -> ExactMatrix {
        let plan = try InferencePlan(
            graph: try graph.ending(at: input), parameters: parameters, batchSize: images.batchSize,
            height: images.size.height, width: images.size.width, options: images.running.engineOptions)
        let shape = plan.outputShape
        var moments = PatchMoments(
            of: layer, mapSize: shape.rank == 3 ? Extent(shape[1], shape[2]) : 1, imageCount: images.count)
        for batch in images.batches {
            moments.add(try plan.run(batch.pixels.span, count: batch.count), count: batch.count)
        }
        return moments.sum()
    }

    /// - Parameters:
    ///   - start: the weights of what is left.
    ///   - rows: the outputs that are left; `nil` for all.
    ///   - columns: the inputs that are left.
    ///   - moments: those of the patches of all inputs.
    private static func fitted(
        _ start: Tensor, old: Tensor, rows: [Int]?, columns: [Int], _ moments: ExactMatrix
    ) throws -> Tensor {
        let outputs = rows ?? Array(0..<old.shape[0])
        let width = moments.columnCount
        let area = width / max(old.shape[1], 1)
        let places = columns.flatMap { channel in (0..<area).map { channel * area + $0 } }
        let values = try old.float32Values()
        let whole = ExactMatrix(
            rowCount: outputs.count, columnCount: width,
            values: outputs.flatMap { values[$0 * width..<($0 + 1) * width].map { Double($0) } })
        let left = moments.gatheringRows(places)
        var square = left.gatheringColumns(places)
        var wanted = ExactMatrix.product(whole, .asIs, left, .transposed)
        let first = ExactMatrix(
            rowCount: outputs.count, columnCount: places.count, values: try start.float32Values().map { Double($0) })
        let trace = (0..<places.count).reduce(0) { $0 + square.values[$1 * places.count + $1] }
        guard trace > 0 else { return start }
        let ridge = stiffness * trace / Double(places.count)
        for index in places.indices { square.values[index * places.count + index] += ridge }
        for index in wanted.values.indices { wanted.values[index] += ridge * first.values[index] }
        let result = ConjugateGradients().solve(square, wanted, from: first)
        return Tensor(result.values.map { Float($0) }, shape: start.shape)
    }
}

extension ExactMatrix {
    fileprivate func gatheringRows(_ indices: [Int]) -> ExactMatrix {
        ExactMatrix(
            rowCount: indices.count, columnCount: columnCount,
            values: indices.flatMap { values[$0 * columnCount..<($0 + 1) * columnCount] })
    }

    fileprivate func gatheringColumns(_ indices: [Int]) -> ExactMatrix {
        var gathered: [Double] = []
        gathered.reserveCapacity(rowCount * indices.count)
        for row in 0..<rowCount { for column in indices { gathered.append(values[row * columnCount + column]) } }
        return ExactMatrix(rowCount: rowCount, columnCount: indices.count, values: gathered)
    }
}
