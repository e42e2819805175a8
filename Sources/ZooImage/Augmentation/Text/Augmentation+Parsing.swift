internal import ZooCore

extension Augmentation {
    /// Reads a preset's name, or steps with commas between them, such as
    /// `resized-crop=0.35..1,hflip,rotate=10,jitter=0.2/0.2/0.2/0.05,erase=0.25`.
    ///
    /// docs/augmentation.md has the steps with their parameters. ``description`` writes the same text.
    ///
    /// - Throws: ``AugmentationError`` naming the step that is wrong, and the step or option that was meant, if there
    ///   is a similar one.
    public init(_ text: String) throws(AugmentationError) {
        if let preset = Preset(rawValue: text) {
            self = .preset(preset)
            return
        }
        guard !text.isEmpty else {
            throw AugmentationError("it is empty; write 'none' for no augmentation")
        }
        var steps: [Step] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            steps.append(try Step(StepText(part), of: text))
        }
        try self.init(steps)
    }
}

extension Augmentation.Step {
    /// The names of the steps in texts.
    static let names = [
        "resized-crop", "crop", "hflip", "vflip", "rotate", "affine", "jitter", "grayscale", "randaugment",
        "trivialaugment", "erase",
    ]

    /// The name of the step in texts.
    var name: String {
        switch self {
        case .resizedCrop: "resized-crop"
        case .crop: "crop"
        case .horizontalFlip: "hflip"
        case .verticalFlip: "vflip"
        case .rotation: "rotate"
        case .affine: "affine"
        case .colourJitter: "jitter"
        case .grayscale: "grayscale"
        case .randAugment: "randaugment"
        case .trivialAugment: "trivialaugment"
        case .erasing: "erase"
        }
    }

    fileprivate init(_ text: StepText, of whole: String) throws(AugmentationError) {
        var text = text
        switch text.name {
        case "resized-crop": self = try .resizedCrop(Augmentation.ResizedCrop(&text))
        case "crop": self = .crop(padding: try text.whole(default: 0))
        case "hflip": self = .horizontalFlip(probability: try text.number(default: 0.5))
        case "vflip": self = .verticalFlip(probability: try text.number(default: 0.5))
        case "rotate": self = try .rotation(Augmentation.Rotation(&text))
        case "affine": self = try .affine(Augmentation.Affine(&text))
        case "jitter": self = try .colourJitter(Augmentation.ColourJitter(&text))
        case "grayscale": self = .grayscale(probability: try text.number(default: 0.1))
        case "randaugment": self = try .randAugment(Augmentation.RandAugment(&text))
        case "trivialaugment": self = .trivialAugment(try Augmentation.AffineSampling(&text))
        case "erase": self = try .erasing(Augmentation.Erasing(&text))
        default: throw Self.unknown(text.name, of: whole)
        }
        if let defect { throw text.error(defect) }
        try text.finish()
    }

    private static func unknown(_ name: String, of whole: String) -> AugmentationError {
        if name.isEmpty { return AugmentationError("'\(whole)' has an empty step; remove the comma") }
        let presets = Augmentation.Preset.allCases.map(\.rawValue)
        if name != whole, presets.contains(name) {
            return AugmentationError("'\(name)' is a preset, which stands alone; write steps or one preset")
        }
        let question = Suggestion.question(Suggestion.nearest(to: name, among: names + presets))
        return AugmentationError(
            "there is no step '\(name)'. "
                + (question
                    ?? "Steps are \(names.joined(separator: ", ")); presets are \(presets.joined(separator: ", "))"))
    }
}
