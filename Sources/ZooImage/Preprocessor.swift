internal import ZooCore
public import ZooRegistry

/// Turns images into the input of a network, exactly as torchvision's `ImageClassification` preset does with images
/// of Pillow: resize, cut out the centre, scale to 0…1, subtract the mean, divide by the standard deviation.
///
/// Every number is the same to the bit as torchvision's. Only the pixels that the centre crop keeps are computed.
///
/// ```swift
/// let preprocessor = Preprocessor(entry.preprocessing)
/// var input = [Float](repeating: 0, count: preprocessor.elementCount(for: image.size))
/// var span = input.mutableSpan
/// try preprocessor.apply(image, into: &span)
/// ```
public struct Preprocessor: Sendable {
    /// What is done to each image.
    public let preprocessing: Preprocessing
    /// Which part of the image is seen, and whether in a mirror. Augmentation chooses for itself.
    public let view: ImageView
    let table: NormalisationTable

    /// Prepares the steps of `preprocessing`.
    ///
    /// - Precondition: `preprocessing` has no ``ZooRegistry/Preprocessing/defect``. Ask for it first where the
    ///   description comes from a file.
    public init(_ preprocessing: Preprocessing, view: ImageView = .usual) {
        precondition(preprocessing.defect == nil, preprocessing.defect ?? "")
        self.preprocessing = preprocessing
        self.view = view
        table = NormalisationTable(mean: preprocessing.mean, std: preprocessing.std)
    }

    /// The size of every output, if it does not depend on the image.
    public var fixedOutputSize: ImageSize? {
        preprocessing.crop.map { ImageSize(height: $0, width: $0) }
    }

    /// The size of the output for an image of the size `size`.
    public func outputSize(for size: ImageSize) -> ImageSize {
        fixedOutputSize ?? resizedSize(size)
    }

    /// The number of floats of the output for an image of the size `size`: `3·H·W`.
    public func elementCount(for size: ImageSize) -> Int {
        let output = outputSize(for: size)
        return 3 * output.height * output.width
    }

    /// Writes the network's input for `image`.
    ///
    /// - Parameters:
    ///   - image: any size of at least one pixel.
    ///   - output: `3×H×W` floats: channels red, green, blue, then rows, then columns; `H` and `W` are those of
    ///     ``outputSize(for:)``.
    /// - Complexity: O(pixels that matter · taps of the filter).
    public func apply(_ image: borrowing Image, into output: inout MutableSpan<Float>) {
        var window = ResizeWindow()
        apply(image, into: &output, using: &window)
    }

    /// The same as ``apply(_:into:)``, with memory that is reused from image to image.
    func apply(_ image: borrowing Image, into output: inout MutableSpan<Float>, using window: inout ResizeWindow) {
        precondition(image.width > 0 && image.height > 0, "an image without pixels has no network input")
        let size = resizedSize(image.size)
        let target = outputSize(for: image.size)
        let rows = CropAxis(length: size.height, crop: target.height, end: view.rows)
        let columns = CropAxis(length: size.width, crop: target.width, end: view.columns)
        window.compute(
            image, resizedTo: size, rows: rows.range, columns: columns.range,
            interpolation: preprocessing.interpolation)
        guard view.isMirrored else {
            return table.write(window.rows, rows: rows, columns: columns, into: &output)
        }
        table.write(Image(window.rows, rows: rows, columns: columns).flippedHorizontally(), into: &output)
    }

    /// Torchvision's rule: the shorter edge takes the wanted length, the other one keeps the proportion, cut to an
    /// integer.
    func resizedSize(_ size: ImageSize) -> ImageSize {
        guard let edge = preprocessing.resize else { return size }
        let short = min(size.width, size.height)
        let long = max(size.width, size.height)
        let other = Int(Double(edge * long) / Double(short))
        return size.width <= size.height
            ? ImageSize(height: other, width: edge) : ImageSize(height: edge, width: other)
    }
}

/// What the centre crop keeps along one axis, by torchvision's arithmetic.
struct CropAxis {
    /// The positions that are kept.
    let range: Range<Int>
    /// How many black pixels stand before them in the output.
    let padding: Int
    /// The length of the output.
    let outputLength: Int

    init(range: Range<Int>, padding: Int, outputLength: Int) {
        self.range = range
        self.padding = padding
        self.outputLength = outputLength
    }

    /// The centre `crop` of `length` pixels; a shorter axis is padded, half of it (rounded down) in front.
    init(length: Int, crop: Int) {
        outputLength = crop
        if crop > length {
            padding = (crop - length) / 2
            range = 0..<length
        } else {
            padding = 0
            // Python's round(): halves go to the even neighbour.
            let start = Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
            range = start..<start + crop
        }
    }
}
