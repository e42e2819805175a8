import Testing
import ZooTensor

@Suite("histograms of tensors") struct TensorHistogramTests {
    @Test func rangesAreHalfOpenButTheLast() throws {
        let tensor = Tensor([0, 0.24, 0.25, 0.5, 0.75, 1, -0.1, 1.1], shape: [2, 4])
        #expect(try tensor.histogram(in: 0...1, binCount: 4) == [2, 1, 1, 2])
    }

    @Test func whatIsNoFiniteNumberDoesNotCount() throws {
        let tensor = Tensor([.nan, .infinity, -.infinity, 3], shape: [4])
        #expect(try tensor.histogram(in: 0...4, binCount: 2) == [0, 1])
    }

    @Test(
        "bounds of no width, or of too much",
        arguments: [(3, 3, [1, 0]), (-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude, [1, 0])]
            as [(Double, Double, [Int])])
    func odd(lower: Double, upper: Double, counts: [Int]) throws {
        #expect(try Tensor([Float(3)], shape: [1]).histogram(in: lower...upper, binCount: 2) == counts)
    }

    @Test func integersCountToo() throws {
        #expect(try Tensor([Int64(1), 2, 2, 3], shape: [4]).histogram(in: 1...3, binCount: 3) == [1, 2, 1])
    }
}
