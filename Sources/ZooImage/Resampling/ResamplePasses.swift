// The two inner loops of resampling. This file works with pointers, because a bounds check for each pixel would keep
// the loops from being vectorised; every function says what its caller must provide.

/// Rows of 8-bit RGB with room behind each row.
///
/// Each row takes a multiple of 16 bytes, at least 8 more than its pixels need, so that loops may work on 8 bytes at a
/// time without regard to where the row ends.
struct PaddedRows {
    /// The bytes; elements between rows mean nothing.
    private(set) var bytes: [UInt8] = []
    /// The distance of two rows in bytes.
    private(set) var stride = 0
    /// The number of rows.
    private(set) var rowCount = 0

    /// Makes room for `rowCount` rows of `width` pixels; memory is reused, contents are undefined.
    mutating func reset(width: Int, rowCount: Int) {
        stride = (3 * width + 8 + 15) / 16 * 16
        self.rowCount = rowCount
        let needed = stride * rowCount + 16
        if bytes.count < needed { bytes = [UInt8](repeating: 0, count: needed) }
    }

    /// Copies the columns `columns` of the rows `rows` of `image`.
    mutating func copy(_ image: borrowing Image, rows: Range<Int>, columns: Range<Int>) {
        reset(width: columns.count, rowCount: rows.count)
        unsafe bytes.withUnsafeMutableBufferPointer { target in
            unsafe image.pixels.withUnsafeBufferPointer { source in
                for (index, row) in rows.enumerated() {
                    let start = 3 * (row * image.width + columns.lowerBound)
                    let slice = unsafe UnsafeBufferPointer(rebasing: source[start..<start + 3 * columns.count])
                    _ = unsafe UnsafeMutableBufferPointer(rebasing: target[(index * stride)...]).update(from: slice)
                }
            }
        }
    }

    /// Takes the pixels of `image` at `rows` and `columns`.
    mutating func takeNearest(_ image: borrowing Image, rows: [Int], columns: [Int]) {
        reset(width: columns.count, rowCount: rows.count)
        for (index, row) in rows.enumerated() {
            var target = index * stride
            for column in columns {
                let source = 3 * (row * image.width + column)
                for channel in 0..<3 { bytes[target + channel] = image.pixels[source + channel] }
                target += 3
            }
        }
    }

    /// Resamples the rows `rows` of `image` along x; `taps` were made for its width.
    mutating func resampleHorizontally(_ image: borrowing Image, rows: Range<Int>, taps: ResampleTaps) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= image.height)
        precondition(taps.inputRange.lowerBound >= 0 && taps.inputRange.upperBound <= image.width)
        reset(width: taps.starts.count, rowCount: rows.count)
        guard !rows.isEmpty else { return }
        let width = 3 * image.width
        // Loads take 8 bytes where 3 are needed, so the last row is read from a copy with room behind it.
        var lastRow = [UInt8](image.pixels[(width * (rows.upperBound - 1))..<(width * rows.upperBound)])
        lastRow.append(contentsOf: repeatElement(0, count: 8))
        let stride = stride
        unsafe bytes.withUnsafeMutableBytes { target in
            guard let target = target.baseAddress else { return }
            unsafe image.pixels.withUnsafeBytes { source in
                guard let source = source.baseAddress else { return }
                for row in Swift.stride(from: rows.lowerBound, to: rows.upperBound - 1, by: 2) {
                    let hasSecond = row + 1 < rows.upperBound - 1
                    unsafe taps.apply(
                        source + width * row, sourceStride: hasSecond ? width : 0,
                        into: target + stride * (row - rows.lowerBound), targetStride: hasSecond ? stride : 0)
                }
            }
            unsafe lastRow.withUnsafeBytes { source in
                guard let source = source.baseAddress else { return }
                unsafe taps.apply(
                    source, sourceStride: 0, into: target + stride * (rows.count - 1), targetStride: 0)
            }
        }
    }

    /// Resamples the rows of `source`, whose first pixel is the input pixel `firstColumn`, along x.
    mutating func resampleHorizontally(
        _ source: borrowing PaddedRows, firstColumn: Int, columnCount: Int, taps: ResampleTaps
    ) {
        precondition(taps.inputRange.lowerBound >= firstColumn)
        precondition(taps.inputRange.upperBound <= firstColumn + columnCount && source.stride >= 3 * columnCount + 8)
        reset(width: taps.starts.count, rowCount: source.rowCount)
        let stride = stride
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe source.bytes.withUnsafeBytes { input in
                guard let target = target.baseAddress, let input = input.baseAddress else { return }
                for row in Swift.stride(from: 0, to: source.rowCount, by: 2) {
                    let hasSecond = row + 1 < source.rowCount
                    unsafe taps.apply(
                        input + source.stride * row, sourceStride: hasSecond ? source.stride : 0,
                        firstColumn: firstColumn, into: target + stride * row, targetStride: hasSecond ? stride : 0)
                }
            }
        }
    }

    /// Resamples `source` along y into these rows; `taps` were made for the rows of `source` counted from `firstRow`.
    mutating func resampleVertically(_ source: borrowing PaddedRows, width: Int, firstRow: Int, taps: ResampleTaps) {
        precondition(taps.inputRange.lowerBound >= firstRow)
        precondition(taps.inputRange.upperBound <= firstRow + source.rowCount)
        reset(width: width, rowCount: taps.starts.count)
        precondition(stride == source.stride)
        let stride = stride
        unsafe source.bytes.withUnsafeBytes { input in
            unsafe bytes.withUnsafeMutableBytes { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                for index in taps.starts.indices {
                    let pairs = taps.pairOffsets[index]..<taps.pairOffsets[index + 1]
                    let first = taps.starts[index] - firstRow
                    unsafe Self.resampleColumns(
                        input + stride * first, into: output + stride * index, stride: stride,
                        // The second row of the last pair may lie behind the last row; its weight is zero then.
                        isLastPairWhole: first + 2 * pairs.count <= source.rowCount,
                        high: taps.highPairs[pairs].span, low: taps.lowPairs[pairs].span)
                }
            }
        }
    }

    /// Computes one row of `stride` bytes from the rows at `source`, two for each weight pair.
    private static func resampleColumns(
        _ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, stride: Int, isLastPairWhole: Bool,
        high: Span<UInt32>, low: Span<UInt32>
    ) {
        for column in Swift.stride(from: 0, to: stride, by: 8) {
            var leftHigh = SIMD4<Int32>.zero
            var rightHigh = SIMD4<Int32>.zero
            var leftLow = SIMD4<Int32>(repeating: 1 << (ResampleTaps.fractionBits - 1))
            var rightLow = leftLow
            var rows = unsafe source + column
            for pair in 0..<high.count {
                let step = pair < high.count - 1 || isLastPairWhole ? stride : 0
                let first = unsafe rows.loadUnaligned(as: SIMD8<UInt8>.self)
                let second = unsafe (rows + step).loadUnaligned(as: SIMD8<UInt8>.self)
                let left = SIMD8<Int16>(truncatingIfNeeded: interleaved(first.lowHalf, second.lowHalf))
                let right = SIMD8<Int16>(truncatingIfNeeded: interleaved(first.highHalf, second.highHalf))
                leftHigh &+= unsafe pairSums(left, high[unchecked: pair])
                rightHigh &+= unsafe pairSums(right, high[unchecked: pair])
                leftLow &+= unsafe pairSums(left, low[unchecked: pair])
                rightLow &+= unsafe pairSums(right, low[unchecked: pair])
                unsafe rows += 2 * stride
            }
            let values = SIMD8<UInt8>(
                lowHalf: clamped((leftHigh &<< ResampleTaps.lowBits) &+ leftLow),
                highHalf: clamped((rightHigh &<< ResampleTaps.lowBits) &+ rightLow))
            unsafe (target + column).storeBytes(of: values, as: SIMD8<UInt8>.self)
        }
    }
}

extension ResampleTaps {
    /// Resamples two rows at a time, since the loops are short. The first pixel of each is the input pixel
    /// `firstColumn`; strides of zero leave it at one row.
    ///
    /// At least 5 bytes must be readable behind the pixels that the taps name in both rows, and at least one byte
    /// writable behind the pixels written.
    fileprivate func apply(
        _ source: UnsafeRawPointer, sourceStride: Int, firstColumn: Int = 0, into target: UnsafeMutableRawPointer,
        targetStride: Int
    ) {
        let starts = starts.span
        let offsets = pairOffsets.span
        let high = highPairs.span
        let low = lowPairs.span
        var target = unsafe target
        for index in 0..<starts.count {
            var pixels = unsafe source + 3 &* (starts[unchecked: index] &- firstColumn)
            var highSum = SIMD4<Int32>.zero
            var secondHighSum = SIMD4<Int32>.zero
            var lowSum = SIMD4<Int32>(repeating: 1 << (Self.fractionBits - 1))
            var secondLowSum = lowSum
            for pair in unsafe offsets[unchecked: index]..<offsets[unchecked: index &+ 1] {
                let samples = unsafe twoPixels(pixels)
                let secondSamples = unsafe twoPixels(pixels + sourceStride)
                highSum &+= unsafe pairSums(samples, high[unchecked: pair])
                secondHighSum &+= unsafe pairSums(secondSamples, high[unchecked: pair])
                lowSum &+= unsafe pairSums(samples, low[unchecked: pair])
                secondLowSum &+= unsafe pairSums(secondSamples, low[unchecked: pair])
                unsafe pixels += 6
            }
            let value = clamped((highSum &<< Self.lowBits) &+ lowSum)
            let secondValue = clamped((secondHighSum &<< Self.lowBits) &+ secondLowSum)
            unsafe target.storeBytes(of: value, as: SIMD4<UInt8>.self)
            unsafe (target + targetStride).storeBytes(of: secondValue, as: SIMD4<UInt8>.self)
            unsafe target += 3
        }
    }
}

/// Two pixels, r g b r g b, as the 16-bit numbers r r g g b b and two to ignore; 8 bytes are read.
@inline(__always)
private func twoPixels(_ pixels: UnsafeRawPointer) -> SIMD8<Int16> {
    let bytes = unsafe pixels.loadUnaligned(as: UInt64.self)
    let first = unsafe unsafeBitCast(bytes, to: SIMD8<UInt8>.self)
    let second = unsafe unsafeBitCast(bytes >> 24, to: SIMD8<UInt8>.self)
    return SIMD8<Int16>(truncatingIfNeeded: interleaved(first.lowHalf, second.lowHalf))
}

@inline(__always)
private func interleaved(_ even: SIMD4<UInt8>, _ odd: SIMD4<UInt8>) -> SIMD8<UInt8> {
    var result = SIMD8<UInt8>.zero
    result.evenHalf = even
    result.oddHalf = odd
    return result
}

/// `a₀·w₀ + a₁·w₁`, `a₂·w₀ + a₃·w₁`, … where `weights` holds w₀ and w₁: one instruction (PMADDWD) on x86.
@inline(__always)
private func pairSums(_ samples: SIMD8<Int16>, _ weights: UInt32) -> SIMD4<Int32> {
    let weights = unsafe unsafeBitCast(SIMD4<UInt32>(repeating: weights), to: SIMD8<Int16>.self)
    let products =
        SIMD8<Int32>(truncatingIfNeeded: samples) &* SIMD8<Int32>(truncatingIfNeeded: weights)
    return products.evenHalf &+ products.oddHalf
}

@inline(__always)
private func clamped(_ sum: SIMD4<Int32>) -> SIMD4<UInt8> {
    let value = sum &>> ResampleTaps.fractionBits
    return SIMD4<UInt8>(truncatingIfNeeded: value.clamped(lowerBound: .zero, upperBound: .init(repeating: 255)))
}
