import Testing
import ZooCore

@Suite struct CheckedTests {
    @Test(
        "a product is exact or nil",
        arguments: [
            ([], 1), ([3], 3), ([2, 3, 4], 24), ([0, .max, .max], 0), ([.max, .max, 0], 0), ([.max, 2], nil),
            ([-1], nil), ([0, -1], nil),
        ] as [([Int], Int?)])
    func product(factors: [Int], expected: Int?) {
        #expect(Checked.product(factors) == expected)
    }

    @Test(
        "a range lies within its limit or is nil",
        arguments: [
            (0, 4, 4, 0..<4), (4, 0, 4, 4..<4), (1, 4, 4, nil), (-1, 2, 4, nil), (0, -1, 4, nil), (.max, 1, 4, nil),
        ] as [(Int, Int, Int, Range<Int>?)])
    func range(offset: Int, count: Int, limit: Int, expected: Range<Int>?) {
        #expect(Checked.range(offset: offset, count: count, within: limit) == expected)
    }
}
