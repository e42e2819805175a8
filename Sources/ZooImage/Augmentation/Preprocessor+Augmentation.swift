public import ZooCore
internal import ZooRegistry

extension Preprocessor {
    /// Writes the network's input for `image`, changed at random.
    ///
    /// The steps come in this order: the part of the photo is chosen and resized (by the first step, or else as
    /// ``apply(_:into:)`` does it), the other steps work on its 8-bit pixels, then it is normalised, then erased.
    ///
    /// - Parameters:
    ///   - image: any size of at least one pixel.
    ///   - augmentation: what is done.
    ///   - generator: the draws follow from it alone.
    ///   - output: as for ``apply(_:into:)``; the size of the output does not depend on the augmentation.
    /// - Complexity: O(pixels that matter · taps of the filter + pixels of the output · steps).
    public func apply(
        _ image: borrowing Image, augmentation: Augmentation, using generator: inout SeededGenerator,
        into output: inout MutableSpan<Float>
    ) {
        var window = ResizeWindow()
        apply(
            image, steps: augmentation.steps(for: preprocessing), using: &generator, into: &output, window: &window)
    }

    /// The same with resolved steps, and with memory that is reused from image to image.
    func apply(
        _ image: borrowing Image, steps: [Augmentation.Step], using generator: inout SeededGenerator,
        into output: inout MutableSpan<Float>, window: inout ResizeWindow
    ) {
        precondition(image.width > 0 && image.height > 0, "an image without pixels has no network input")
        let target = outputSize(for: image.size)
        let frame = compute(image, framing: steps.first, target: target, using: &generator, in: &window)
        // Drawn one step after the other, so that a step's numbers do not depend on what follows it.
        let operations = steps.flatMap { $0.draw(in: target, using: &generator) }
        if operations.isEmpty {
            table.write(window.rows, rows: frame.rows, columns: frame.columns, into: &output)
        } else {
            var pixels = Image(window.rows, rows: frame.rows, columns: frame.columns)
            for operation in operations { pixels = operation.applied(to: pixels) }
            table.write(pixels, into: &output)
        }
        if case .erasing(let erasing) = steps.last, let rectangle = erasing.draw(in: target, using: &generator) {
            erasing.erase(rectangle, of: target, in: &output, using: &generator)
        }
    }

    /// The pixels that the first step chooses, or the preprocessing where it chooses none: in `window`, surrounded by
    /// black where the result says so.
    private func compute(
        _ image: borrowing Image, framing: Augmentation.Step?, target: ImageSize,
        using generator: inout SeededGenerator, in window: inout ResizeWindow
    ) -> (rows: CropAxis, columns: CropAxis) {
        if case .resizedCrop(let crop) = framing {
            let part = image.part(crop.draw(in: image.size, using: &generator))
            let frame = (
                CropAxis(length: target.height, crop: target.height),
                columns: CropAxis(length: target.width, crop: target.width)
            )
            window.compute(
                part, resizedTo: target, rows: 0..<target.height, columns: 0..<target.width,
                interpolation: preprocessing.interpolation)
            return frame
        }
        let size = resizedSize(image.size)
        let frame: (rows: CropAxis, columns: CropAxis)
        if case .crop(let padding) = framing {
            let rows = CropAxis(length: size.height, crop: target.height, padding: padding, using: &generator)
            let columns = CropAxis(length: size.width, crop: target.width, padding: padding, using: &generator)
            frame = (rows, columns)
        } else {
            frame = (
                CropAxis(length: size.height, crop: target.height), CropAxis(length: size.width, crop: target.width)
            )
        }
        window.compute(
            image, resizedTo: size, rows: frame.rows.range, columns: frame.columns.range,
            interpolation: preprocessing.interpolation)
        return frame
    }
}

extension CropAxis {
    /// What torchvision's `RandomCrop` keeps of `length` pixels with `padding` more on each side, at a random place.
    ///
    /// A shorter axis gets as many pixels on each side as it lacks in all (`pad_if_needed`).
    init(length: Int, crop: Int, padding: Int, using generator: inout SeededGenerator) {
        let lacking = max(0, crop - length - 2 * padding)
        let before = padding + lacking
        let start = generator.index(below: length + 2 * before - crop + 1)
        let lower = min(max(start - before, 0), length)
        let upper = min(max(start - before + crop, lower), length)
        self.init(range: lower..<upper, padding: lower < upper ? lower + before - start : 0, outputLength: crop)
    }
}

extension Image {
    /// The pixels of `source`, surrounded by black where the axes say so.
    init(_ source: borrowing PaddedRows, rows: CropAxis, columns: CropAxis) {
        var pixels = [UInt8](repeating: 0, count: 3 * rows.outputLength * columns.outputLength)
        for row in 0..<rows.range.count {
            let target = 3 * ((row + rows.padding) * columns.outputLength + columns.padding)
            let start = row * source.stride
            pixels.replaceSubrange(
                target..<target + 3 * columns.range.count, with: source.bytes[start..<start + 3 * columns.range.count])
        }
        self.init(width: columns.outputLength, height: rows.outputLength, pixels: pixels)
    }
}
