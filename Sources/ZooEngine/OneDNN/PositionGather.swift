import COneDNN
import ZooGraph

/// Numbers of a table, channels last, for every two pixels of a window: `heads×T×T`.
final class PositionGather: Work {
    let scratchpad: Layout? = nil
    private let index: [Int]
    private let heads: Int

    init(_ operation: RelativePositions, heads: Int) {
        (index, self.heads) = (operation.index, heads)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        for head in 0..<heads {
            for (place, entry) in index.enumerated() {
                unsafe target[head * index.count + place] = source[entry * heads + head]
            }
        }
        return dnnl_success
    }
}

/// The derivative of ``PositionGather``: every number of the table gets the sum of the places that read it.
final class PositionScatter: Work {
    let scratchpad: Layout? = nil
    private let index: [Int]
    private let heads: Int
    private let tableCount: Int

    init(_ operation: RelativePositions, heads: Int) {
        (index, self.heads) = (operation.index, heads)
        tableCount = heads * operation.table.height * operation.table.width
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (slope, target) = unsafe (arguments.floats(DNNL_ARG_DIFF_DST), arguments.floats(DNNL_ARG_DIFF_SRC))
        unsafe target.initialize(repeating: 0, count: tableCount)
        for head in 0..<heads {
            for (place, entry) in index.enumerated() {
                unsafe target[entry * heads + head] += slope[head * index.count + place]
            }
        }
        return dnnl_success
    }
}
