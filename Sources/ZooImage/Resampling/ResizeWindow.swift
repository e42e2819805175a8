internal import ZooRegistry

/// The rectangle of a resized image that is wanted, and memory to compute it in, which is reused from image to image.
struct ResizeWindow {
    private var intermediate = PaddedRows()
    private var result = PaddedRows()
    private var isInIntermediate = false

    /// The pixels computed last.
    var rows: PaddedRows { isInIntermediate ? intermediate : result }

    /// Computes the rows and columns `window` of `image` resized to `size`.
    ///
    /// Equal, to the bit, to resizing the whole with Pillow and cutting the window out: one direction after the other,
    /// rounded to 8 bits in between; a direction whose length does not change is left alone.
    ///
    /// - Complexity: O(rows that matter · columns of the window · taps).
    mutating func compute(
        _ image: borrowing Image, resizedTo size: ImageSize, rows: Range<Int>, columns: Range<Int>,
        interpolation: Preprocessing.Interpolation
    ) {
        guard size != image.size, !rows.isEmpty, !columns.isEmpty else {
            isInIntermediate = true
            intermediate.copy(image, rows: rows, columns: columns)
            return
        }
        guard let filter = ResampleFilter(interpolation) else {
            isInIntermediate = true
            intermediate.takeNearest(
                image,
                rows: nearestIndices(rows, inputCount: image.height, outputCount: size.height),
                columns: nearestIndices(columns, inputCount: image.width, outputCount: size.width))
            return
        }
        let vertical =
            size.height == image.height
            ? nil : ResampleTaps(filter, inputCount: image.height, outputCount: size.height, window: rows)
        let horizontal =
            size.width == image.width
            ? nil : ResampleTaps(filter, inputCount: image.width, outputCount: size.width, window: columns)
        let inputRows = vertical?.inputRange ?? rows
        let inputColumns = horizontal?.inputRange ?? columns
        if let vertical, let horizontal, Self.startsVertically(from: image.size, to: size) {
            intermediate.copy(image, rows: inputRows, columns: inputColumns)
            result.resampleVertically(
                intermediate, width: inputColumns.count, firstRow: inputRows.lowerBound, taps: vertical)
            intermediate.resampleHorizontally(
                result, firstColumn: inputColumns.lowerBound, columnCount: inputColumns.count, taps: horizontal)
            isInIntermediate = true
            return
        }
        if let horizontal {
            intermediate.resampleHorizontally(image, rows: inputRows, taps: horizontal)
        } else {
            intermediate.copy(image, rows: inputRows, columns: columns)
        }
        isInIntermediate = vertical == nil
        if let vertical {
            result.resampleVertically(
                intermediate, width: columns.count, firstRow: inputRows.lowerBound, taps: vertical)
        }
    }

    /// Whether the direction y comes first. Since the values are rounded in between, it shows in the result.
    ///
    /// The rule is that of Pillow 13: y comes first when the height shrinks by more than twice as many pixels as the
    /// width. For photos that is a portrait at least twice as high as wide. Up to Pillow 12, x always came first;
    /// such images then differ by one grey level here and there.
    private static func startsVertically(from old: ImageSize, to new: ImageSize) -> Bool {
        new.height < old.height && old.height - new.height > 2 * (old.width - new.width)
    }

    /// The input index of each output index of `window`; the position is summed up step by step, as Pillow does.
    private func nearestIndices(_ window: Range<Int>, inputCount: Int, outputCount: Int) -> [Int] {
        let step = Double(inputCount) / Double(outputCount)
        var position = step * 0.5
        var indices: [Int] = []
        for index in 0..<window.upperBound {
            if index >= window.lowerBound { indices.append(min(Int(position), inputCount - 1)) }
            position += step
        }
        return indices
    }
}

extension ResampleFilter {
    /// The filter of an interpolation; nearest has none.
    init?(_ interpolation: Preprocessing.Interpolation) {
        switch interpolation {
        case .bilinear: self = .bilinear
        case .bicubic: self = .bicubic
        case .nearest: return nil
        }
    }
}
