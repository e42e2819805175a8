/// One of several ways to look at the same image: which part of it a network sees, and whether in a mirror.
///
/// A network that sees an image in several views, whose probabilities are averaged, is a little more accurate than one
/// that sees it once (Krizhevsky et al., *ImageNet Classification with Deep Convolutional Neural Networks*, 2012).
public struct ImageView: Sendable, Hashable {
    /// Where the part is that the crop keeps.
    public enum Place: Sendable, Hashable, CaseIterable {
        case centre, topLeft, topRight, bottomLeft, bottomRight
    }

    /// Where the part is.
    ///
    /// Along a direction in which the crop keeps everything, the image is shifted by an eighth of its length towards the
    /// other side, and black comes after it, as in a random crop with padding.
    public let place: Place
    /// Whether left and right change places.
    public let isMirrored: Bool

    /// Creates a view.
    public init(_ place: Place, isMirrored: Bool = false) {
        self.place = place
        self.isMirrored = isMirrored
    }

    /// What networks are evaluated with: the centre, as it is.
    public static let usual = ImageView(.centre)

    var rows: CropEnd {
        switch place {
        case .centre: .middle
        case .topLeft, .topRight: .first
        case .bottomLeft, .bottomRight: .last
        }
    }

    var columns: CropEnd {
        switch place {
        case .centre: .middle
        case .topLeft, .bottomLeft: .first
        case .topRight, .bottomRight: .last
        }
    }
}

/// Which end of an axis a crop keeps.
enum CropEnd {
    case first, middle, last
}

extension CropAxis {
    /// What a view keeps of `length` pixels.
    init(length: Int, crop: Int, end: CropEnd) {
        let centred = CropAxis(length: length, crop: crop)
        guard end != .middle, crop <= length else {
            self = centred
            return
        }
        guard crop == length else {
            let start = end == .first ? 0 : length - crop
            self.init(range: start..<start + crop, padding: 0, outputLength: crop)
            return
        }
        let shift = length / 8
        self.init(
            range: end == .first ? 0..<length - shift : shift..<length, padding: end == .first ? shift : 0,
            outputLength: crop)
    }
}
