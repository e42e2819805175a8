/// A height and a width in pixels: of a kernel, a stride, a padding or an image.
///
/// A literal stands for a square: `kernel: 3` is 3 by 3.
public struct Extent: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Along the rows' axis (`H`).
    public let height: Int
    /// Along the columns' axis (`W`).
    public let width: Int

    /// An extent of `height` rows and `width` columns.
    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    /// The same along both axes.
    public init(integerLiteral side: Int) {
        self.init(side, side)
    }

    /// Height, `×`, width.
    public var description: String { "\(height)×\(width)" }
}
