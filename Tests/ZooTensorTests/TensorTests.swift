import Testing
import ZooCore
import ZooTensor

@Suite struct TensorTests {
    static let six = Storage(copying: ([0, 1, 2, 3, 4, 5] as [Float]).rawSpan)

    @Test func aTransposedViewBecomesContiguous() throws {
        let layout = try TensorLayout(dtype: .float32, shape: [3, 2], strides: [1, 3], offset: 0)
        let tensor = try Tensor(layout: layout, storage: Self.six)
        #expect(!layout.isContiguous)
        #expect(try tensor.float32Values() == [0, 3, 1, 4, 2, 5])
    }

    @Test func anExpandedScalarRepeats() throws {
        let layout = try TensorLayout(dtype: .float32, shape: [2, 2], strides: [0, 0], offset: 5)
        #expect(try Tensor(layout: layout, storage: Self.six).float32Values() == [5, 5, 5, 5])
    }

    @Test(
        "a view outside its storage is refused",
        arguments: [([7], [1], 0), ([6], [1], 1), ([2], [6], 0), ([1], [1], 6)] as [([Int], [Int], Int)])
    func outside(sizes: [Int], strides: [Int], offset: Int) throws {
        let layout = try TensorLayout(dtype: .float32, shape: Shape(sizes), strides: strides, offset: offset)
        #expect { try Tensor(layout: layout, storage: Self.six) } throws: { error in
            (error as? TensorError)?.code == .outsideStorage
        }
    }

    @Test(
        "a malformed layout is refused",
        arguments: [([2], [1, 1], 0), ([2], [-1], 0), ([2], [1], -1), ([2], [.max], 1), ([.max], [1], 0)]
            as [([Int], [Int], Int)])
    func malformed(sizes: [Int], strides: [Int], offset: Int) {
        #expect { try TensorLayout(dtype: .float32, shape: Shape(sizes), strides: strides, offset: offset) } throws: {
            ($0 as? TensorError)?.code == .malformed
        }
    }

    @Test func shapesFromOutside() {
        #expect(Shape(checking: [1 << 40, 1 << 40]) == nil)
        #expect(Shape(checking: [-1]) == nil)
        #expect(Shape(checking: [0, 1 << 40, 1 << 40])?.elementCount == 0)
        #expect(Shape([2, 3, 4]).contiguousStrides == [12, 4, 1])
        #expect(Shape([]).elementCount == 1)
    }

    @Test func strideOfAnAxisOfOneDoesNotMatter() throws {
        let layout = try TensorLayout(dtype: .float32, shape: [1, 3], strides: [99, 1], offset: 2)
        #expect(layout.isContiguous)
        #expect(try Tensor(layout: layout, storage: Self.six).float32Values() == [2, 3, 4])
    }

    @Test func emptyTensorsNeedNoStorage() throws {
        let layout = try TensorLayout(dtype: .float32, shape: [0, 3], strides: [3, 1], offset: 100)
        let tensor = try Tensor(layout: layout, storage: Self.six)
        #expect(try tensor.float32Values() == [])
        #expect(tensor.digest().hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(
        "values convert to float32 as PyTorch's Tensor.float()",
        arguments: [
            (.float16, [0x00, 0x3c, 0x00, 0xc0], [1, -2]), (.bfloat16, [0x80, 0x3f, 0x00, 0xc0], [1, -2]),
            (.int8, [0xff, 0x7f], [-1, 127]), (.uint8, [0xff], [255]), (.bool, [0, 1], [0, 1]),
            (.int16, [0xff, 0xff], [-1]),
        ] as [(DType, [UInt8], [Float])])
    func conversions(dtype: DType, bytes: [UInt8], expected: [Float]) throws {
        let layout = TensorLayout(contiguous: dtype, [expected.count])
        let tensor = try Tensor(layout: layout, storage: Storage(copying: bytes.rawSpan))
        #expect(try tensor.float32Values() == expected)
    }

    @Test func complexNumbersAreNotFloats() throws {
        let storage = Storage(byteCount: 8) { _ in }
        let tensor = try Tensor(layout: TensorLayout(contiguous: .complex64, [1]), storage: storage)
        #expect { try tensor.float32Values() } throws: { ($0 as? TensorError)?.code == .unsupportedDType }
    }
}
