import COneDNN
import ZooGraph
import ZooTensor

/// What is added to the products of queries and keys: positions, and −100 where a mask keeps pixels apart.
///
/// Rows whose masks are alike share one table; most windows of Swin have no mask.
struct PositionTable {
    /// Whether there are positions; otherwise masks only.
    let hasPositions: Bool
    /// `heads×T×T` numbers, one kind of row after another.
    private var values: [Float]
    /// 0 or −100 for every two pixels, one kind of row after another.
    private let masks: [Float]
    /// The kind of every row of an image.
    private let kinds: [Int]
    /// `heads×T×T`, and `T×T`.
    private let size: Int
    private let area: Int

    /// Without positions so far.
    ///
    /// - Parameter parts: For every pixel of every row of an image a number, where different numbers are kept apart; or
    ///   empty.
    init(_ layer: Attention, parts: [Int], length: Int) {
        hasPositions = layer.hasPositions
        area = length * length
        size = layer.heads * area
        var known: [[Int]: Int] = [:]
        var masks: [Float] = []
        var kinds: [Int] = []
        for start in stride(from: 0, to: max(parts.count, 1), by: length) {
            let row = parts.isEmpty ? [Int](repeating: 0, count: length) : Array(parts[start..<start + length])
            if known[row] == nil {
                known[row] = known.count
                for i in row { for j in row { masks.append(i == j ? 0 : -100) } }
            }
            kinds.append(known[row] ?? 0)
        }
        (self.masks, self.kinds) = (masks, kinds)
        let (size, area) = (size, area)
        values = (0..<known.count).flatMap { kind in (0..<size).map { masks[kind * area + $0 % area] } }
    }

    /// Takes positions, `heads×T×T`.
    mutating func read(_ positions: UnsafePointer<Float>) {
        let (size, area) = (size, area)
        unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe masks.withUnsafeBufferPointer { masks in
                for start in stride(from: 0, to: values.count, by: area) {
                    let (first, mask) = (start % size, start / size * area)
                    for index in 0..<area {
                        unsafe values[start + index] = positions[first + index] + masks[mask + index]
                    }
                }
            }
        }
    }

    /// Writes the tables of some rows one after another.
    func write(rows: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        unsafe values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            Team.split(rows.count) { range in
                for index in range {
                    let kind = kinds[(rows.lowerBound + index) % kinds.count]
                    unsafe (target + index * size).update(from: values + kind * size, count: size)
                }
            }
        }
    }
}
