/// How an image becomes the input of a network: torchvision's `ImageClassification` preset.
///
/// In this order: the shorter edge is resized to `resize`, the centre `crop`×`crop` is cut out, pixels become numbers
/// on 0…1, and each channel has `mean` subtracted and is divided by `std`.
public struct Preprocessing: Sendable, Hashable, Codable {
    /// How pixels between pixels are computed when an image is resized; the names are torchvision's.
    ///
    /// Resizing is antialiased, as PIL does it.
    public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
        case bilinear, bicubic, nearest
    }

    /// The length of the shorter edge after resizing, in pixels; `nil` means that nothing is resized.
    public var resize: Int?
    /// The edge of the square that is cut out of the centre, in pixels; `nil` means that nothing is cropped.
    public var crop: Int?
    /// How resizing interpolates.
    public var interpolation: Interpolation
    /// What is subtracted from red, green and blue, on 0…1.
    public var mean: [Float]
    /// What red, green and blue are divided by afterwards.
    public var std: [Float]

    /// Creates the recipe.
    public init(resize: Int?, crop: Int?, interpolation: Interpolation, mean: [Float], std: [Float]) {
        self.resize = resize
        self.crop = crop
        self.interpolation = interpolation
        self.mean = mean
        self.std = std
    }

    /// What most networks trained on ImageNet expect: 256, 224, bilinear, and the mean and deviation of ImageNet.
    public static let imageNet = Preprocessing(
        resize: 256, crop: 224, interpolation: .bilinear, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// Edges beyond this, in pixels, are refused.
    public static let largestEdge = 16_384

    /// Why no image can be prepared like this, in words, or `nil` if all is well.
    ///
    /// Whoever reads a recipe from outside asks this before using it.
    public var defect: String? {
        for (name, edge) in [("resize", resize), ("crop", crop)] {
            if let edge, !(1...Self.largestEdge).contains(edge) {
                return "\(name) is \(edge), expected 1 to \(Self.largestEdge) pixels"
            }
        }
        for (name, values) in [("mean", mean), ("std", std)] where values.count != 3 || !values.allSatisfy(\.isFinite) {
            return "\(name) is \(values), expected three finite numbers, for red, green and blue"
        }
        if std.contains(where: { $0 <= 0 }) {
            return "std is \(std), expected numbers above zero"
        }
        return nil
    }
}

extension Preprocessing {
    /// The fields in JSON; absent ones of type optional are `nil`.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case resize, crop, interpolation, mean, std
    }

    /// Reads the recipe; ``defect`` says whether it makes sense.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseFields(besides: CodingKeys.self)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        resize = try fields.decodeWholeNumber(forKey: .resize)
        crop = try fields.decodeWholeNumber(forKey: .crop)
        interpolation = try fields.decode(Interpolation.self, forKey: .interpolation)
        // By way of float64, as Python does it.
        mean = try fields.decode([Double].self, forKey: .mean).map { Float($0) }
        std = try fields.decode([Double].self, forKey: .std).map { Float($0) }
    }
}
