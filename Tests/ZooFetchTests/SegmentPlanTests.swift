import Testing
import ZooCore

@testable import ZooFetch

@Suite struct SegmentPlanTests {
    @Test func gapsAreWhatIsMissing() {
        #expect(SegmentPlan.missing([0..<0], total: 10) == [0..<10])
        #expect(SegmentPlan.missing([0..<4, 4..<6, 8..<9], total: 10) == [6..<8, 9..<10])
        #expect(SegmentPlan.missing([0..<10], total: 10) == [])
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func piecesCoverTheGapsExactly(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let cuts = Set((0..<8).map { _ in Int.random(in: 0..<100_000_000, using: &random) }).sorted()
        let gaps = stride(from: 0, to: cuts.count - 1, by: 2).map { cuts[$0]..<cuts[$0 + 1] }
        let count = Int.random(in: 1...16, using: &random)
        let pieces = SegmentPlan.pieces(of: gaps, count: count)
        #expect(pieces.count <= max(count, gaps.count))
        #expect(pieces.allSatisfy { !$0.isEmpty })
        var joined: [Range<Int>] = []
        for piece in pieces {
            if let last = joined.last, last.upperBound == piece.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<piece.upperBound
            } else {
                joined.append(piece)
            }
        }
        #expect(joined == gaps)
    }

    /// 80 MB made nine pieces for four connections: at the end three of them rested.
    @Test(arguments: [(80_000_000, 4, 8), (80_000_000, 1, 9), (9_000_000, 4, 4), (2_000_000_000, 16, 48)])
    func eachConnectionHasAsManyPieces(_ total: Int, _ count: Int, _ pieces: Int) {
        let queue = SegmentPlan.queue([], total: total, count: count)
        #expect(queue.count == pieces)
        #expect(queue.first?.lowerBound == 0 && queue.last?.upperBound == total)
    }
}
