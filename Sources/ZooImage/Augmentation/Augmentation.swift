public import ZooRegistry

/// What is done to a training image at random, so that a network does not see the same pixels twice.
///
/// An ordered list of steps with the meaning, the parameters and the defaults of torchvision's transforms (v1, images of
/// Pillow). The numbers are drawn from the same distributions, though not from the same sequence. docs/augmentation.md
/// has a table of the steps.
///
/// ```swift
/// let mild = Augmentation.preset(.light)
/// let own = try Augmentation("resized-crop=0.35..1,hflip,rotate=10,jitter=0.2/0.2/0.2/0.05,erase=0.25")
/// ```
///
/// A preset means different steps for different preprocessings: see ``steps(for:)``.
public struct Augmentation: Sendable, Hashable {
    /// One random step.
    public enum Step: Sendable, Hashable {
        /// A random part of the photo, resized to the network's input: `RandomResizedCrop`.
        ///
        /// Takes the place of the preprocessing's resizing and centre crop.
        case resizedCrop(ResizedCrop)
        /// A random part of the resized photo with `padding` black pixels on each side: `RandomCrop`.
        ///
        /// Takes the place of the preprocessing's centre crop; the size stays the same.
        case crop(padding: Int)
        /// Left and right change places: `RandomHorizontalFlip`.
        case horizontalFlip(probability: Double)
        /// Top and bottom change places: `RandomVerticalFlip`.
        case verticalFlip(probability: Double)
        /// A turn about the centre: `RandomRotation`.
        case rotation(Rotation)
        /// A turn, a shift, a scaling and a shear in one: `RandomAffine`.
        case affine(Affine)
        /// Brightness, contrast, saturation and hue, in random order: `ColorJitter`.
        case colourJitter(ColourJitter)
        /// Grey: `RandomGrayscale`.
        case grayscale(probability: Double)
        /// Some operations of a fixed strength, chosen at random: `RandAugment`.
        case randAugment(RandAugment)
        /// One operation of a random strength: `TrivialAugmentWide`.
        case trivialAugment(AffineSampling)
        /// A rectangle of the normalised image is overwritten: `RandomErasing`.
        case erasing(Erasing)
    }

    /// Where the steps come from.
    private enum Source: Hashable {
        case preset(Preset)
        case steps([Step])
    }

    private let source: Source

    /// No step: images as they are used for evaluation.
    public static let none = Augmentation.preset(.none)

    /// A named selection of steps.
    public static func preset(_ preset: Preset) -> Augmentation {
        Augmentation(source: .preset(preset))
    }

    /// The given steps, in that order.
    ///
    /// - Throws: ``AugmentationError`` if a parameter is out of its range, if ``Step/resizedCrop(_:)`` or
    ///   ``Step/crop(padding:)`` is not the first step, or if ``Step/erasing(_:)`` is not the last.
    public init(_ steps: [Step]) throws(AugmentationError) {
        for (index, step) in steps.enumerated() {
            if let defect = step.defect {
                throw AugmentationError("\(step.name): \(defect)")
            }
            if step.isFraming, index > 0 {
                throw AugmentationError(
                    steps[0].isFraming
                        ? "'\(steps[0].name)' and '\(step.name)' both choose a part of the photo; keep one of them"
                        : "'\(step.name)' chooses the part of the photo that the others work on; write it first")
            }
            if case .erasing = step, index < steps.count - 1 {
                throw AugmentationError(
                    "'erase' overwrites a part of the finished, normalised image; write it last, behind "
                        + "'\(steps[steps.count - 1].name)'")
            }
        }
        source = .steps(steps)
    }

    private init(source: Source) {
        self.source = source
    }

    /// The preset that this is, or `nil` if it is a list of steps.
    public var preset: Preset? {
        if case .preset(let preset) = source { preset } else { nil }
    }

    /// The steps of a list; none of a preset.
    var listedSteps: [Step] {
        if case .steps(let steps) = source { steps } else { [] }
    }

    /// The steps for images that are prepared by `preprocessing`, in order; a preset depends on it, a list does not.
    public func steps(for preprocessing: Preprocessing) -> [Step] {
        switch source {
        case .preset(let preset): preset.steps(for: preprocessing)
        case .steps(let steps): steps
        }
    }

    /// The same with a preset's name replaced by its steps, whose text says exactly what is done.
    public func resolved(for preprocessing: Preprocessing) -> Augmentation {
        Augmentation(source: .steps(steps(for: preprocessing)))
    }
}

extension Augmentation.Step {
    /// Whether the step chooses the part of the photo, in place of the preprocessing.
    var isFraming: Bool {
        switch self {
        case .resizedCrop, .crop: true
        default: false
        }
    }

    /// What is wrong with the parameters, or `nil`.
    var defect: String? {
        switch self {
        case .resizedCrop(let crop): crop.defect
        case .crop(let padding):
            (0...Preprocessing.largestEdge).contains(padding)
                ? nil : "the padding is \(padding), expected 0 to \(Preprocessing.largestEdge) pixels"
        case .horizontalFlip(let probability), .verticalFlip(let probability), .grayscale(let probability):
            Self.defect(ofProbability: probability)
        case .rotation(let rotation): rotation.defect
        case .affine(let affine): affine.defect
        case .colourJitter(let jitter): jitter.defect
        case .randAugment(let options): options.defect
        case .trivialAugment: nil
        case .erasing(let erasing): erasing.defect
        }
    }

    static func defect(ofProbability probability: Double) -> String? {
        (0...1).contains(probability) ? nil : "the probability is \(probability), expected 0 to 1"
    }
}
