extension Image {
    /// The image turned counter-clockwise by `degrees` about its centre, as Pillow's `Image.rotate` does it.
    func rotated(degrees: Double, _ sampling: Augmentation.AffineSampling) -> Image {
        var degrees = degrees.truncatingRemainder(dividingBy: 360)
        if degrees < 0 { degrees += 360 }
        if degrees == 0 || degrees == 360 { return self }
        if degrees == 180 { return flippedVertically().flippedHorizontally() }
        if width == height, degrees == 90 { return transposed().flippedVertically() }
        if width == height, degrees == 270 { return transposed().flippedHorizontally() }
        return transformed(by: .rotation(degrees: degrees, of: size), sampling)
    }

    /// The image whose pixel at a position is the one of this image at the position that `map` leads to.
    ///
    /// - Complexity: O(pixels).
    func transformed(by map: AffineMap, _ sampling: Augmentation.AffineSampling) -> Image {
        var result = [UInt8](repeating: sampling.fill[0], count: pixels.count)
        if sampling.fill != [UInt8](repeating: sampling.fill[0], count: 3) {
            for index in result.indices { result[index] = sampling.fill[index % 3] }
        }
        switch sampling.interpolation {
        case .bilinear: transformSmoothly(map, into: &result)
        case .nearest where map.b == 0 && map.d == 0: scale(map, into: &result)
        case .nearest where map.isFixed(for: size): transformFixed(map, into: &result)
        case .nearest: transformFloating(map, into: &result)
        }
        return Image(width: width, height: height, pixels: result)
    }

    private func copyPixel(_ source: Int, to target: Int, of result: inout [UInt8]) {
        for channel in 0..<3 { result[3 * target + channel] = pixels[3 * source + channel] }
    }

    /// Without turn and shear: positions are summed up along each axis.
    private func scale(_ map: AffineMap, into result: inout [UInt8]) {
        func positions(_ length: Int, first: Double, step: Double) -> [Int?] {
            var position = first
            return (0..<length).map { _ in
                defer { position += step }
                return position >= 0 && position < Double(length) ? Int(position) : nil
            }
        }
        let columns = positions(width, first: map.c + map.a * 0.5, step: map.a)
        let rows = positions(height, first: map.f + map.e * 0.5, step: map.e)
        for (y, row) in rows.enumerated() {
            guard let row else { continue }
            for (x, column) in columns.enumerated() {
                if let column { copyPixel(row * width + column, to: y * width + x, of: &result) }
            }
        }
    }

    /// Positions in fixed point, 16 bits behind the point.
    private func transformFixed(_ map: AffineMap, into result: inout [UInt8]) {
        func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
        var rowX = fixed(map.c + map.a * 0.5 + map.b * 0.5)
        var rowY = fixed(map.f + map.d * 0.5 + map.e * 0.5)
        let steps = (x: fixed(map.a), y: fixed(map.d), rowX: fixed(map.b), rowY: fixed(map.e))
        for y in 0..<height {
            var (positionX, positionY) = (rowX, rowY)
            for x in 0..<width {
                let (column, row) = (positionX >> 16, positionY >> 16)
                if column >= 0, column < width, row >= 0, row < height {
                    copyPixel(row * width + column, to: y * width + x, of: &result)
                }
                positionX += steps.x
                positionY += steps.y
            }
            rowX += steps.rowX
            rowY += steps.rowY
        }
    }

    /// For images and maps that are too large for fixed point.
    private func transformFloating(_ map: AffineMap, into result: inout [UInt8]) {
        var rowX = map.c + map.b * 0.5 + map.a * 0.5
        var rowY = map.f + map.e * 0.5 + map.d * 0.5
        for y in 0..<height {
            var (positionX, positionY) = (rowX, rowY)
            for x in 0..<width {
                if positionX >= 0, positionX < Double(width), positionY >= 0, positionY < Double(height) {
                    copyPixel(Int(positionY) * width + Int(positionX), to: y * width + x, of: &result)
                }
                positionX += map.a
                positionY += map.d
            }
            rowX += map.b
            rowY += map.e
        }
    }

    /// Bilinear interpolation; at the border the outermost pixels count twice.
    private func transformSmoothly(_ map: AffineMap, into result: inout [UInt8]) {
        for y in 0..<height {
            for x in 0..<width {
                let (x0, y0) = (Double(x) + 0.5, Double(y) + 0.5)
                let sourceX = map.a * x0 + map.b * y0 + map.c
                let sourceY = map.d * x0 + map.e * y0 + map.f
                guard sourceX >= 0, sourceX < Double(width), sourceY >= 0, sourceY < Double(height) else { continue }
                let left = (sourceX - 0.5).rounded(.down)
                let top = (sourceY - 0.5).rounded(.down)
                let shareX = sourceX - 0.5 - left
                let shareY = sourceY - 0.5 - top
                let columns = (3 * max(Int(left), 0), 3 * min(Int(left) + 1, width - 1))
                let firstRow = 3 * width * max(Int(top), 0)
                let secondRow = 3 * width * min(Int(top) + 1, height - 1)
                let target = 3 * (y * width + x)
                for channel in 0..<3 {
                    func mixture(_ row: Int) -> Double {
                        let first = Double(pixels[row + columns.0 + channel])
                        let second = Double(pixels[row + columns.1 + channel])
                        return first + (second - first) * shareX
                    }
                    let upper = mixture(firstRow)
                    let value = upper + (mixture(secondRow) - upper) * shareY
                    result[target + channel] = UInt8(value)
                }
            }
        }
    }
}
