import ZooGraph
import ZooTensor

/// How queries, keys and values of attention lie in memory, and how many rows of pixels are worked on at a time.
///
/// They are read where the layer before wrote them: `rows×T×3C`, as matrices of strides.
struct AttentionRows {
    /// About how many bytes of products are worked on at a time: as many as the second-level caches of two cores hold.
    private static let chunkByteCount = 1 << 20

    let heads: Int
    /// `C`.
    let channels: Int
    /// `T`.
    let length: Int
    /// What products of queries and keys are multiplied by.
    let scale: Float
    /// The rows of a whole batch.
    let rowCount: Int
    /// The rows that are worked on at a time.
    let chunk: Int

    /// - Parameters:
    ///   - shape: The result's: `N×C×G×T`.
    ///   - scoreCopies: How many tensors of the size of the products there are at a time.
    init(_ layer: Attention, shape: Shape, scoreCopies: Int) {
        (heads, channels, length, scale) = (layer.heads, shape[1], shape[3], Float(layer.scale))
        let rowCount = shape[0] * shape[2]
        self.rowCount = rowCount
        let perRow = layer.heads * shape[3] * shape[3] * MemoryLayout<Float>.size * scoreCopies
        let fitting = max(1, Self.chunkByteCount / perRow)
        chunk = (1...min(fitting, rowCount)).last { rowCount % $0 == 0 } ?? 1
    }

    private var width: Int { channels / heads }
    /// The numbers of a row of queries, keys and values.
    var inputCount: Int { 3 * channels * length }
    /// The numbers of a row of results.
    var outputCount: Int { channels * length }

    /// Queries, keys or values: `rows×heads×T×d`.
    func inputs() throws(EngineError) -> Layout {
        try .strided([chunk, heads, length, width], [inputCount, width, 3 * channels, 1])
    }

    /// The same with `d` before `T`.
    func transposedInputs() throws(EngineError) -> Layout {
        try .strided([chunk, heads, width, length], [inputCount, width, 1, 3 * channels])
    }

    /// Results: `rows×heads×T×d`.
    func outputs() throws(EngineError) -> Layout {
        try .strided([chunk, heads, length, width], [outputCount, width, channels, 1])
    }

    /// Products of queries and keys: `rows×heads×T×T`.
    func scores() throws(EngineError) -> Layout { try .plain([chunk, heads, length, length]) }

    /// The same, for each key all queries.
    func transposedScores() throws(EngineError) -> Layout {
        let area = length * length
        return try .strided([chunk, heads, length, length], [heads * area, area, 1, length])
    }

    /// The numbers of ``scores()``, up to a full cache line.
    var scoreCount: Int { (chunk * heads * length * length + 15) / 16 * 16 }
}
