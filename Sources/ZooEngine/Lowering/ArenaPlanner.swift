/// Gives buffers their places in one block of memory, so that those that live at different times share it.
///
/// Large buffers are placed first, each in the smallest gap that fits between those it lives together with (greedy best
/// fit by size; Pisarchyk and Lee, *Efficient Memory Management for Deep Neural Net Inference*).
struct ArenaPlanner {
    /// A buffer that is written first and read last in the calls of these numbers.
    struct Buffer {
        let byteCount: Int
        var lifetime: ClosedRange<Int>
    }

    /// Where buffers begin, in bytes: full cache lines, and vectors of AVX-512.
    static let alignment = 64

    /// For every buffer its place, in bytes from the start of the block.
    let offsets: [Int]
    /// The size of the block.
    let byteCount: Int

    /// Plans the block.
    ///
    /// - Complexity: O(*n*²) in the number of buffers.
    init(_ buffers: [Buffer]) {
        let sizes = buffers.map { ($0.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment }
        var offsets = [Int](repeating: 0, count: buffers.count)
        var placed: [Int] = []
        var end = 0
        // Ties are broken by number, so that the plan is the same every time.
        for index in buffers.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
            let neighbours = placed.filter { buffers[$0].lifetime.overlaps(buffers[index].lifetime) }
                .sorted { offsets[$0] < offsets[$1] }
            offsets[index] = Self.place(sizes[index], among: neighbours.map { (offsets[$0], sizes[$0]) })
            placed.append(index)
            end = max(end, offsets[index] + sizes[index])
        }
        self.offsets = offsets
        byteCount = end
    }

    /// The start of the smallest gap of at least `size` bytes, or the end of the last neighbour.
    private static func place(_ size: Int, among neighbours: [(offset: Int, size: Int)]) -> Int {
        var best: (offset: Int, gap: Int)?
        var free = 0
        for neighbour in neighbours {
            let gap = neighbour.offset - free
            if gap >= size, gap < best?.gap ?? .max { best = (free, gap) }
            free = max(free, neighbour.offset + neighbour.size)
        }
        return best?.offset ?? free
    }
}
