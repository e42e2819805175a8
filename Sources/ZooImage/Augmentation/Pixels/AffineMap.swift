internal import Glibc

/// A map of the plane: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
///
/// It leads from positions in the result to positions in the image, as Pillow wants it.
struct AffineMap: Sendable, Hashable {
    var a, b, c, d, e, f: Double

    /// The inverse of torchvision's affine map: about `centre`, turned clockwise by `angle` degrees, sheared by `shear`
    /// degrees, scaled, then shifted.
    ///
    /// The order of the operations is that of torchvision's `_get_inverse_affine_matrix`, so the numbers are the same.
    static func inverse(
        centre: (x: Double, y: Double), angle: Double, translation: (x: Double, y: Double), scale: Double,
        shear: (x: Double, y: Double)
    ) -> AffineMap {
        let rotation = angle * (Double.pi / 180)
        let shearX = shear.x * (Double.pi / 180)
        let shearY = shear.y * (Double.pi / 180)
        let a = cos(rotation - shearY) / cos(shearY)
        let b = -cos(rotation - shearY) * tan(shearX) / cos(shearY) - sin(rotation)
        let c = sin(rotation - shearY) / cos(shearY)
        let d = -sin(rotation - shearY) * tan(shearX) / cos(shearY) + cos(rotation)
        var map = AffineMap(a: d / scale, b: -b / scale, c: 0, d: -c / scale, e: a / scale, f: 0)
        map.c += map.a * (-centre.x - translation.x) + map.b * (-centre.y - translation.y)
        map.f += map.d * (-centre.x - translation.x) + map.e * (-centre.y - translation.y)
        map.c += centre.x
        map.f += centre.y
        return map
    }

    /// The inverse of Pillow's turn counter-clockwise by `degrees` about the centre of an image.
    static func rotation(degrees: Double, of size: ImageSize) -> AffineMap {
        let angle = -(degrees * (Double.pi / 180))
        let (cosine, sine) = (rounded(cos(angle)), rounded(sin(angle)))
        let centre = (x: Double(size.width) / 2, y: Double(size.height) / 2)
        var map = AffineMap(a: cosine, b: sine, c: 0, d: -sine, e: cosine, f: 0)
        map.c = map.a * -centre.x + map.b * -centre.y
        map.f = map.d * -centre.x + map.e * -centre.y
        map.c += centre.x
        map.f += centre.y
        return map
    }

    /// `number` with 15 decimals, as Python's `round(number, 15)`: rounded once, so that 45 degrees come out alike.
    private static func rounded(_ number: Double) -> Double {
        let product = number * 1e15
        // What the product lost by its own rounding.
        let rest = (-product).addingProduct(number, 1e15)
        let floor = product.rounded(.down)
        let share = (product - floor) + rest
        if share == 0.5 { return product.rounded(.toNearestOrEven) / 1e15 }
        return (share > 0.5 ? floor + 1 : floor) / 1e15
    }

    /// Whether positions of an image of this size fit into Pillow's fixed point numbers, 16 bits before the point.
    func isFixed(for size: ImageSize) -> Bool {
        func fits(_ x: Int, _ y: Int) -> Bool {
            let (x, y) = (Double(x), Double(y))
            return abs(x * a + y * b + c) < 32768 && abs(x * d + y * e + f) < 32768
        }
        return fits(0, 0) && fits(size.width, size.height) && fits(0, size.height) && fits(size.width, 0)
    }
}
