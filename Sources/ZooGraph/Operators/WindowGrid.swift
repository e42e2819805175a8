import ZooCore
import ZooTensor

/// How an image is cut into windows, among whose pixels attention works.
public struct WindowGrid: Sendable, Hashable {
    /// What a window is.
    public enum Kind: Sendable, Hashable {
        /// Neighbouring pixels. The image is padded with zeros after its last row and column to whole windows, then moved
        /// by `shift` to the left and upwards, where what leaves it comes in again at the other side; an axis with a
        /// single window is not moved (Swin).
        case shifted(Extent)
        /// Neighbouring pixels of an image that whole windows cover (MaxViT's blocks).
        case block
        /// Pixels that lie as far apart as there are windows along an axis (MaxViT's grid).
        case grid
    }

    /// The pixels of one window along each axis.
    public let window: Extent
    /// What a window is.
    public let kind: Kind

    /// Creates the grid.
    ///
    /// - Precondition: the window is not empty, and a shift is smaller than it.
    public init(window: Extent, _ kind: Kind) {
        precondition(min(window.height, window.width) > 0, "window")
        if case .shifted(let shift) = kind {
            precondition(0..<window.height ~= shift.height && 0..<window.width ~= shift.width, "shift")
        }
        self.window = window
        self.kind = kind
    }

    /// The pixels of a window.
    public var windowArea: Int { window.height * window.width }

    private var mayPad: Bool { if case .shifted = kind { true } else { false } }

    /// The windows of an image of `height` by `width` pixels.
    ///
    /// - Throws: A mismatch if the kind allows no padding and whole windows do not cover the image.
    func cut(height: Int, width: Int) throws(ShapeMismatch) -> Cut {
        let counts = Extent(
            (height + window.height - 1) / window.height, (width + window.width - 1) / window.width)
        let isCovered = counts.height * window.height == height && counts.width * window.width == width
        guard isCovered || mayPad else {
            throw ShapeMismatch("windows of \(window) do not cover the image of \(height)×\(width) without rest")
        }
        return Cut(grid: self, size: Extent(height, width), counts: counts)
    }
}

/// The windows of one image.
struct Cut {
    let grid: WindowGrid
    let size: Extent
    /// The windows along each axis.
    let counts: Extent

    var windowCount: Int { counts.height * counts.width }

    /// By how much the image is moved.
    var shift: Extent {
        guard case .shifted(let shift) = grid.kind else { return Extent(0, 0) }
        return Extent(counts.height > 1 ? shift.height : 0, counts.width > 1 ? shift.width : 0)
    }

    /// Where the pixel of a window lies along one axis; it may be in the padding.
    private func position(_ index: Int, in window: Int, _ side: Int, _ count: Int, _ shift: Int) -> Int {
        grid.kind == .grid ? index * count + window : (window * side + index + shift) % (count * side)
    }

    /// For every pixel of every window, window by window, the pixel of the image, or −1 in the padding.
    var pixels: [Int] {
        var result: [Int] = []
        result.reserveCapacity(windowCount * grid.windowArea)
        for top in 0..<counts.height {
            for left in 0..<counts.width {
                for i in 0..<grid.window.height {
                    let y = position(i, in: top, grid.window.height, counts.height, shift.height)
                    for j in 0..<grid.window.width {
                        let x = position(j, in: left, grid.window.width, counts.width, shift.width)
                        result.append(y < size.height && x < size.width ? y * size.width + x : -1)
                    }
                }
            }
        }
        return result
    }

    /// For every pixel of the image its place among the pixels of the windows.
    var places: [Int] {
        var result = [Int](repeating: -1, count: size.height * size.width)
        for (place, pixel) in pixels.enumerated() where pixel >= 0 { result[pixel] = place }
        return result
    }

    /// For every pixel of every window the part of the image that it came from: pixels of one window that were no
    /// neighbours before the image was moved are in different parts. Empty if nothing was moved.
    var parts: [Int] {
        guard shift.height + shift.width > 0 else { return [] }
        func part(_ position: Int, _ side: Int, _ count: Int, _ shift: Int) -> Int {
            guard shift > 0, position >= (count - 1) * side else { return 0 }
            return position < count * side - shift ? 1 : 2
        }
        var result: [Int] = []
        for top in 0..<counts.height {
            for left in 0..<counts.width {
                for i in 0..<grid.window.height {
                    let row = part(top * grid.window.height + i, grid.window.height, counts.height, shift.height)
                    for j in 0..<grid.window.width {
                        let x = left * grid.window.width + j
                        result.append(3 * row + part(x, grid.window.width, counts.width, shift.width))
                    }
                }
            }
        }
        return result
    }
}
