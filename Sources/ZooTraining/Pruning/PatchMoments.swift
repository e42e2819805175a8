import ZooCore
import ZooGraph

/// The second moments `Σ y·yᵀ` of the patches that a convolution takes: all that its least squares need.
///
/// A patch y is what one place of the result is computed from, `Cin·Kh·Kw` numbers in the order of the weights, with zeros
/// outside the image.
struct PatchMoments {
    private var matrix: ExactMatrix
    /// Patches that are not in the matrix yet, one after the other.
    private var waiting: [Double] = []
    private let layer: Convolution
    private let mapSize: Extent
    private let resultSize: Extent
    private let patchesPerImage: Int
    private var generator = SeededGenerator(seed: 0)

    /// So many patches as unknowns are enough: fewer would be learnt by heart, more cost time.
    private static let patchesPerNumber = 8
    /// How many numbers are multiplied in one go.
    private static let blockElementCount = 1 << 22

    /// No patches yet.
    ///
    /// - Parameters:
    ///   - layer: a convolution in one group.
    ///   - mapSize: rows and columns of the images that it takes.
    ///   - imageCount: how many of them there will be.
    init(of layer: Convolution, mapSize: Extent, imageCount: Int) {
        self.layer = layer
        self.mapSize = mapSize
        resultSize = Extent(
            Self.size(
                mapSize.height, layer.kernel.height, layer.stride.height, layer.padding.height, layer.dilation.height),
            Self.size(mapSize.width, layer.kernel.width, layer.stride.width, layer.padding.width, layer.dilation.width))
        let width = layer.inputChannels * layer.kernel.height * layer.kernel.width
        let wanted = Self.patchesPerNumber * max(width, 512)
        patchesPerImage = min((wanted + imageCount - 1) / max(imageCount, 1), resultSize.height * resultSize.width)
        matrix = ExactMatrix(zeros: width, width)
    }

    private static func size(_ map: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
        (map + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    }

    /// Takes patches at random places of each image.
    ///
    /// - Parameter maps: `count×Cin×H×W`.
    mutating func add(_ maps: [Float], count: Int) {
        let elementCount = layer.inputChannels * mapSize.height * mapSize.width
        for image in 0..<count {
            for _ in 0..<patchesPerImage {
                let row = Int.random(in: 0..<resultSize.height, using: &generator)
                let column = Int.random(in: 0..<resultSize.width, using: &generator)
                append(maps.span, from: image * elementCount, row: row, column: column)
            }
            if waiting.count >= Self.blockElementCount { multiply() }
        }
    }

    /// What was taken so far: `(Cin·Kh·Kw)²`, symmetric.
    mutating func sum() -> ExactMatrix {
        multiply()
        return matrix
    }

    private mutating func multiply() {
        let width = matrix.columnCount
        let block = ExactMatrix(rowCount: waiting.count / width, columnCount: width, values: waiting)
        let product = ExactMatrix.product(block, .transposed, block, .asIs)
        for index in product.values.indices { matrix.values[index] += product.values[index] }
        waiting.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ maps: Span<Float>, from start: Int, row: Int, column: Int) {
        for channel in 0..<layer.inputChannels {
            for kernelRow in 0..<layer.kernel.height {
                let y = row * layer.stride.height + kernelRow * layer.dilation.height - layer.padding.height
                for kernelColumn in 0..<layer.kernel.width {
                    let x = column * layer.stride.width + kernelColumn * layer.dilation.width - layer.padding.width
                    let isInside = 0..<mapSize.height ~= y && 0..<mapSize.width ~= x
                    waiting.append(
                        isInside
                            ? Double(maps[start + (channel * mapSize.height + y) * mapSize.width + x]) : 0)
                }
            }
        }
    }
}
