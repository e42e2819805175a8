extension Augmentation: CustomStringConvertible {
    /// The preset's name, or the text of the steps; ``init(_:)`` reads the same augmentation from it.
    public var description: String {
        if let preset { return preset.rawValue }
        let steps = listedSteps
        return steps.isEmpty ? Preset.none.rawValue : steps.map(\.text).joined(separator: ",")
    }
}

extension Augmentation.Step {
    /// The text of the step; parameters that have their default are left out.
    fileprivate var text: String {
        switch self {
        case .resizedCrop(let crop):
            text(
                crop.scale.text,
                crop.ratio == Augmentation.ResizedCrop.defaultRatio ? [] : [("ratio", crop.ratio.text)])
        case .crop(let padding): padding == 0 ? name : text("\(padding)")
        case .horizontalFlip(let probability), .verticalFlip(let probability):
            probability == 0.5 ? name : text(probability.shortText)
        case .rotation(let rotation): text(rotation.degrees.bothWaysText, rotation.sampling.options)
        case .affine(let affine): text(affine.degrees.bothWaysText, affine.options)
        case .colourJitter(let jitter): text(jitter.text)
        case .grayscale(let probability): text(probability.shortText)
        case .randAugment(let options):
            text("\(options.operationCount)/\(options.magnitude)", options.sampling.options)
        case .trivialAugment(let sampling): text(nil, sampling.options)
        case .erasing(let erasing): text(erasing.probability.shortText, erasing.options)
        }
    }

    private func text(_ value: String?, _ options: [(key: String, value: String)] = []) -> String {
        name + (value.map { "=\($0)" } ?? "") + options.map { ":\($0.key)=\($0.value)" }.joined()
    }
}

extension ClosedRange<Double> {
    /// A single number where the range is as wide on both sides of zero.
    fileprivate var bothWaysText: String { lowerBound == -upperBound ? upperBound.shortText : text }
}

extension Augmentation.AffineSampling {
    fileprivate var options: [(key: String, value: String)] {
        var options: [(String, String)] = []
        if interpolation != .nearest { options.append(("sampling", interpolation.rawValue)) }
        if fill != [0, 0, 0] { options.append(("fill", fill.map { "\($0)" }.joined(separator: "/"))) }
        return options
    }
}

extension Augmentation.Affine {
    fileprivate var options: [(key: String, value: String)] {
        var options: [(String, String)] = []
        if translateX != 0 || translateY != 0 {
            options.append(("translate", "\(translateX.shortText)/\(translateY.shortText)"))
        }
        if scale != 1...1 { options.append(("scale", scale.text)) }
        if shearX != 0...0 || shearY != 0...0 {
            let shears = shearY == 0...0 ? [shearX] : [shearX, shearY]
            options.append(("shear", shears.map(\.bothWaysText).joined(separator: "/")))
        }
        return options + sampling.options
    }
}

extension Augmentation.ColourJitter {
    fileprivate var text: String {
        var parts = [brightness, contrast, saturation].map { range in
            // The short form only where it is read as the same numbers; 1.2 - 1 is a little less than 0.2.
            let number = ((range.upperBound - 1) * 1e12).rounded() / 1e12
            return Self.factors(number) == range ? number.shortText : range.text
        }
        if hue != 0...0 { parts.append(hue.bothWaysText) }
        return parts.joined(separator: "/")
    }
}

extension Augmentation.Erasing {
    fileprivate var options: [(key: String, value: String)] {
        let standard = Augmentation.Erasing()
        var options: [(String, String)] = []
        if scale != standard.scale { options.append(("scale", scale.text)) }
        if ratio != standard.ratio { options.append(("ratio", ratio.text)) }
        switch value {
        case .constant(0): break
        case .constant(let number): options.append(("value", Double(number).shortText))
        case .colour(let red, let green, let blue):
            options.append(("value", [red, green, blue].map { Double($0).shortText }.joined(separator: "/")))
        case .random: options.append(("value", "random"))
        }
        return options
    }
}
