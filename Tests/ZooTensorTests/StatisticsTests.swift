import Testing
import ZooCore
import ZooTensor

@Suite struct StatisticsTests {
    static func tensor(_ bytes: [UInt8], _ dtype: DType) throws -> Tensor {
        let storage = Storage(byteCount: bytes.count) { target in
            for (place, byte) in bytes.enumerated() { target.storeBytes(of: byte, toByteOffset: place, as: UInt8.self) }
        }
        return try Tensor(
            layout: TensorLayout(contiguous: dtype, [bytes.count / dtype.itemSize]), storage: storage)
    }

    @Test func finiteValuesAndOthersAreKeptApart() throws {
        let values: [Float] = [1, 2, 0, -0.0, .nan, .infinity, -.infinity, 5]
        let statistics = try Tensor(values, shape: [2, 4]).statistics()
        #expect(statistics.count == 8)
        #expect(statistics.minimum == 0)
        #expect(statistics.maximum == 5)
        #expect(statistics.mean == 1.6)
        // torch.tensor([1., 2, 0, 0, 5], dtype=torch.float64).std()
        #expect(abs((statistics.standardDeviation ?? 0) - 2.073644135332772) < 1e-12)
        #expect(statistics.zeroCount == 2)
        #expect(statistics.nanCount == 1)
        #expect(statistics.infinityCount == 2)
    }

    @Test func nothingHasNoStatistics() throws {
        let empty = try Tensor([Float](), shape: [0, 3]).statistics()
        #expect(empty.minimum == nil && empty.mean == nil && empty.standardDeviation == nil)
        let one = try Tensor([Int64(7)], shape: []).statistics()
        #expect(one.mean == 7 && one.standardDeviation == nil)
        #expect(throws: TensorError.self) { try Self.tensor([0, 0, 0, 0, 0, 0, 0, 0], .complex64).statistics() }
    }

    /// From PyTorch: `torch.tensor(patterns, dtype=torch.uint8).view(dtype).float()`.
    @Test(
        "8-bit floats",
        arguments: [
            (.float8E4M3FN, [0x38, 0x7e, 0x01, 0x80, 0xb9], [1, 448, 0.001953125, -0.0, -1.125]),
            (.float8E5M2, [0x3c, 0x7b, 0x7c, 0x01, 0xc1], [1, 57344, .infinity, 1.52587890625e-05, -2.5]),
            (.float8E4M3FNUZ, [0x40, 0x7f, 0x01, 0xc1], [1, 240, 0.0009765625, -1.125]),
            (.float8E5M2FNUZ, [0x40, 0x7f, 0x01, 0xc1], [1, 57344, 7.62939453125e-06, -1.25]),
            (.float8E8M0FNU, [0x7f, 0x80, 0x00, 0xfe], [1, 2, 5.877471754111438e-39, 1.7014118346046923e38]),
        ] as [(DType, [UInt8], [Float])])
    func float8(dtype: DType, patterns: [UInt8], values: [Float]) throws {
        #expect(try Self.tensor(patterns, dtype).float32Values() == values)
    }

    @Test(
        "patterns that are no number",
        arguments: [
            (.float8E4M3FN, [0x7f, 0xff]), (.float8E5M2, [0x7d, 0xfe]), (.float8E4M3FNUZ, [0x80]),
            (.float8E5M2FNUZ, [0x80]), (.float8E8M0FNU, [0xff]),
        ] as [(DType, [UInt8])])
    func noNumbers(dtype: DType, patterns: [UInt8]) throws {
        #expect(try Self.tensor(patterns, dtype).statistics().nanCount == patterns.count)
    }

    @Test func lazyBitsFlipSigns() throws {
        let values: [Float] = [1, 2, -3, -4]
        let pairs = try Self.tensor(
            [UInt8](
                values.flatMap { value in
                    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
                }), .complex64)
        func floats(_ tensor: Tensor) -> [UInt8] { (0..<16).map { tensor.contiguousBytes[byte: $0] } }
        let conjugate = try pairs.resolved(isConjugated: true, isNegated: false)
        let back = try conjugate.resolved(isConjugated: true, isNegated: false)
        #expect(floats(back) == floats(pairs))
        #expect(
            floats(conjugate).enumerated().filter { $0.element != floats(pairs)[$0.offset] }.map(\.offset) == [7, 15])
        #expect(
            try Tensor(values, shape: [4]).resolved(isConjugated: false, isNegated: true).float32Values() == [
                -1, -2, 3, 4,
            ])
        #expect(throws: TensorError.self) {
            try Tensor(values, shape: [4]).resolved(isConjugated: true, isNegated: false)
        }
    }
}
