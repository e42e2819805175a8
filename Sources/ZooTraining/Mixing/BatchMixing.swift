public import ZooCore
public import ZooImage

/// Mixes the images of a batch, and their labels alike: mixup and CutMix, with the meaning of torchvision's v2
/// transforms `MixUp` and `CutMix`.
///
/// Each image is mixed with the one before it, the first with the last; so batches should be shuffled.
///
/// - mixup (Zhang and others, 2018): `λ · image + (1 - λ) · previous image`, labels alike, λ from Beta(α, α).
/// - CutMix (Yun and others, 2019): a rectangle of about `1 - λ` of the area comes from the previous image; the labels are
///   mixed by the area that it really has once it is clipped at the border.
///
/// Where both are asked for, each batch gets one of them, with equal chances.
public struct BatchMixing: Sendable, Hashable {
    /// α of mixup, or `nil` if it is not wanted.
    public let mixupAlpha: Double?
    /// α of CutMix, or `nil` if it is not wanted.
    public let cutmixAlpha: Double?

    /// A mixing of the kinds whose α is given. 0.2 is usual for mixup, 1 for CutMix.
    ///
    /// - Precondition: each α is positive and finite.
    public init(mixupAlpha: Double? = nil, cutmixAlpha: Double? = nil) {
        for alpha in [mixupAlpha, cutmixAlpha] {
            precondition(alpha.map { $0 > 0 && $0.isFinite } ?? true, "alpha is a positive number")
        }
        self.mixupAlpha = mixupAlpha
        self.cutmixAlpha = cutmixAlpha
    }

    /// What is done to one batch.
    enum Plan: Sendable, Hashable {
        case nothing
        case mixup(share: Double)
        case cutmix(CutMixBox)

        /// The share that an image's own label keeps.
        func ownShare(in size: ImageSize) -> Double {
            switch self {
            case .nothing: 1
            case .mixup(let share): share
            case .cutmix(let box): box.ownShare(in: size)
            }
        }
    }

    /// Mixes the images in place.
    ///
    /// - Parameters:
    ///   - pixels: `N×3×H×W` floats, where N is the number of labels.
    ///   - labels: the class of each image.
    ///   - classCount: the number of classes.
    ///   - imageSize: H and W.
    ///   - generator: the draws follow from it alone.
    /// - Returns: `N×classCount`: the shares of the classes in each image, which add up to 1.
    /// - Precondition: the sizes agree, and labels are below `classCount`.
    /// - Complexity: O(pixels).
    public func apply(
        _ pixels: inout MutableSpan<Float>, labels: [Int], classCount: Int, imageSize: ImageSize,
        using generator: inout SeededGenerator
    ) -> Matrix {
        let plan = draw(imageSize: imageSize, using: &generator)
        return Self.apply(plan, to: &pixels, labels: labels, classCount: classCount, imageSize: imageSize)
    }

    /// The same for an array of pixels.
    public func apply(
        _ pixels: inout [Float], labels: [Int], classCount: Int, imageSize: ImageSize,
        using generator: inout SeededGenerator
    ) -> Matrix {
        var span = pixels.mutableSpan
        return apply(&span, labels: labels, classCount: classCount, imageSize: imageSize, using: &generator)
    }

    /// Draws what is done to one batch of images of the size `imageSize`.
    func draw(imageSize: ImageSize, using generator: inout SeededGenerator) -> Plan {
        var isMixup = mixupAlpha != nil
        if mixupAlpha != nil, cutmixAlpha != nil { isMixup = generator.next() >> 63 == 0 }
        if isMixup, let mixupAlpha {
            return .mixup(share: SymmetricBeta(alpha: mixupAlpha).draw(using: &generator))
        }
        guard let cutmixAlpha else { return .nothing }
        let share = SymmetricBeta(alpha: cutmixAlpha).draw(using: &generator)
        let centre = (
            x: Int(generator.next().multipliedFullWidth(by: UInt64(imageSize.width)).high),
            y: Int(generator.next().multipliedFullWidth(by: UInt64(imageSize.height)).high)
        )
        return .cutmix(CutMixBox(ownShare: share, centre: centre, in: imageSize))
    }

    /// Mixes as `plan` says.
    static func apply(
        _ plan: Plan, to pixels: inout MutableSpan<Float>, labels: [Int], classCount: Int, imageSize: ImageSize
    ) -> Matrix {
        let elementCount = 3 * imageSize.height * imageSize.width
        precondition(pixels.count == labels.count * elementCount, "the batch has N×3×H×W elements, one label an image")
        guard !labels.isEmpty else { return Matrix(zeros: 0, classCount) }
        switch plan {
        case .nothing: break
        case .mixup(let share): pixels.mixWithPrevious(elementCount: elementCount, ownShare: Float(share))
        case .cutmix(let box): pixels.pasteFromPrevious(box, imageSize: imageSize)
        }
        return targets(labels, classCount: classCount, ownShare: Float(plan.ownShare(in: imageSize)))
    }

    private static func targets(_ labels: [Int], classCount: Int, ownShare: Float) -> Matrix {
        var targets = Matrix(zeros: labels.count, classCount)
        for (row, label) in labels.enumerated() {
            precondition((0..<classCount).contains(label), "label \(label) of \(classCount) classes")
            let previous = labels[row == 0 ? labels.count - 1 : row - 1]
            if ownShare < 1 { targets.values[row * classCount + previous] += 1 - ownShare }
            targets.values[row * classCount + label] += ownShare
        }
        return targets
    }
}

/// The rectangle that CutMix takes from the previous image.
struct CutMixBox: Sendable, Hashable {
    let rows: Range<Int>
    let columns: Range<Int>

    /// The rectangle about `centre` whose edges are `√(1 - ownShare)` of the image's, clipped at the border.
    init(ownShare: Double, centre: (x: Int, y: Int), in size: ImageSize) {
        let half = 0.5 * (1 - ownShare).squareRoot()
        let halfWidth = Int(half * Double(size.width))
        let halfHeight = Int(half * Double(size.height))
        rows = max(centre.y - halfHeight, 0)..<min(centre.y + halfHeight, size.height)
        columns = max(centre.x - halfWidth, 0)..<min(centre.x + halfWidth, size.width)
    }

    /// The share of the image that lies outside the rectangle.
    func ownShare(in size: ImageSize) -> Double {
        1 - Double(rows.count * columns.count) / Double(size.width * size.height)
    }
}

extension MutableSpan<Float> {
    /// `own · ownShare + previous · (1 - ownShare)` for each image.
    fileprivate mutating func mixWithPrevious(elementCount: Int, ownShare: Float) {
        let otherShare = 1 - ownShare
        let imageCount = count / elementCount
        for element in 0..<elementCount {
            // Backwards, so that every image finds the previous one as it was; the first one needs the last one.
            let last = self[(imageCount - 1) * elementCount + element]
            for image in stride(from: imageCount - 1, through: 0, by: -1) {
                let index = image * elementCount + element
                let previous = image == 0 ? last : self[index - elementCount]
                self[index] = previous * otherShare + self[index] * ownShare
            }
        }
    }

    /// The rectangle of each image replaced by that of the previous one.
    fileprivate mutating func pasteFromPrevious(_ box: CutMixBox, imageSize: ImageSize) {
        let elementCount = 3 * imageSize.height * imageSize.width
        let imageCount = count / elementCount
        for channel in 0..<3 {
            for row in box.rows {
                let start = (channel * imageSize.height + row) * imageSize.width
                for column in box.columns {
                    let last = self[(imageCount - 1) * elementCount + start + column]
                    for image in stride(from: imageCount - 1, to: 0, by: -1) {
                        let index = image * elementCount + start + column
                        self[index] = self[index - elementCount]
                    }
                    self[start + column] = last
                }
            }
        }
    }
}
