/// How an image becomes the input of a network: torchvision's `ImageClassification` preset.
public struct Preprocessing: Sendable, Hashable, Codable {
    /// The length that the shorter edge is resized to; `nil` leaves the size as it is.
    public var resize: Int?
    /// The edge of the square that is cut from the centre; `nil` cuts nothing.
    public var crop: Int?
    /// How pixels are interpolated when the image is resized.
    public var interpolation: Interpolation
    /// What is subtracted from each channel (red, green, blue), on the scale 0…1.
    public var mean: [Float]
    /// What each channel is divided by afterwards.
    public var std: [Float]

    /// Creates the description.
    public init(resize: Int?, crop: Int?, interpolation: Interpolation, mean: [Float], std: [Float]) {
        self.resize = resize
        self.crop = crop
        self.interpolation = interpolation
        self.mean = mean
        self.std = std
    }
}

/// How pixels are interpolated when an image is resized, as Pillow names them.
public enum Interpolation: String, Sendable, Hashable, Codable {
    case bilinear, bicubic, nearest
}
