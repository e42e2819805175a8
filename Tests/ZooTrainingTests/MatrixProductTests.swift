import Testing
import ZooCore

@testable import ZooTraining

@Suite struct MatrixProductTests {
    /// `rows × columns` small numbers that float32 adds exactly.
    private func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(
            rowCount: rows, columnCount: columns, values: (0..<rows * columns).map { Float($0 * 7 % 11) - 5 })
    }

    @Test(
        "OpenBLAS and the plain loops give the same product",
        arguments: [Matrix.Orientation.asIs, .transposed], [Matrix.Orientation.asIs, .transposed])
    func products(left: Matrix.Orientation, right: Matrix.Orientation) {
        let a = left == .asIs ? matrix(3, 4) : matrix(4, 3)
        let b = right == .asIs ? matrix(4, 5) : matrix(5, 4)
        let product = Matrix.product(a, left, b, right)
        #expect(product == Matrix.plainProduct(a, left, b, right))
        #expect((product.rowCount, product.columnCount) == (3, 5))
    }
}
