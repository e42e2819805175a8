import Testing

@testable import ZooImage

/// Turned images are those of `torch.rot90`.
@Suite struct QuarterTurnTests {
    /// `torch.rot90(torch.arange(n * n).reshape(n, n), turns)`.
    static let cases: [(side: Int, turns: Int, expected: [Float])] = [
        (1, 1, [0]),
        (2, 0, [0, 1, 2, 3]),
        (2, 1, [1, 3, 0, 2]),
        (2, 2, [3, 2, 1, 0]),
        (2, 3, [2, 0, 3, 1]),
        (3, 1, [2, 5, 8, 1, 4, 7, 0, 3, 6]),
        (3, 2, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (3, 3, [6, 3, 0, 7, 4, 1, 8, 5, 2]),
        (3, -1, [6, 3, 0, 7, 4, 1, 8, 5, 2]),
        (3, 5, [2, 5, 8, 1, 4, 7, 0, 3, 6]),
    ]

    @Test(arguments: cases) func planesTurnCounterClockwise(side: Int, turns: Int, expected: [Float]) {
        // Two planes: the second must not take values of the first.
        let count = side * side
        var pixels = (0..<count).map(Float.init) + (0..<count).map { Float($0 + 100) }
        var span = pixels.mutableSpan
        QuarterTurn.apply(turns, to: &span, side: side)
        #expect(pixels == expected + expected.map { $0 + 100 })
    }
}
