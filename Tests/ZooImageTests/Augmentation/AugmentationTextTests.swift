import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

@Suite struct AugmentationTextTests {
    private static let small = Preprocessing(
        resize: nil, crop: nil, interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1])

    @Test(
        "text and steps",
        arguments: [
            ("resized-crop=0.35..1", [.resizedCrop(.init(scale: 0.35...1))]),
            ("resized-crop=0.08..1:ratio=0.5..2", [.resizedCrop(.init(ratio: 0.5...2))]),
            ("crop", [.crop(padding: 0)]),
            ("crop=4,hflip", [.crop(padding: 4), .horizontalFlip(probability: 0.5)]),
            ("hflip=0.25,vflip=1", [.horizontalFlip(probability: 0.25), .verticalFlip(probability: 1)]),
            ("rotate=10", [.rotation(.init(degrees: -10...10))]),
            (
                "rotate=-5..20:sampling=bilinear:fill=1/2/3",
                [.rotation(.init(degrees: -5...20, sampling: .init(interpolation: .bilinear, fill: [1, 2, 3])))]
            ),
            (
                "affine=0:translate=0.1/0.2:scale=0.9..1.1:shear=5",
                [.affine(.init(degrees: 0...0, translateX: 0.1, translateY: 0.2, scale: 0.9...1.1, shearX: -5...5))]
            ),
            (
                "affine=15:shear=-1..2/3",
                [.affine(.init(degrees: -15...15, shearX: -1...2, shearY: -3...3))]
            ),
            (
                "jitter=0.2/0.2/0.2/0.05",
                [
                    .colourJitter(
                        .init(brightness: 0.8...1.2, contrast: 0.8...1.2, saturation: 0.8...1.2, hue: -0.05...0.05))
                ]
            ),
            (
                "jitter=0.5..1.5/0/2",
                [.colourJitter(.init(brightness: 0.5...1.5, contrast: 1...1, saturation: 0...3))]
            ),
            ("grayscale=0.1", [.grayscale(probability: 0.1)]),
            ("randaugment=2/9", [.randAugment(.init())]),
            (
                "randaugment=3/12:fill=128/128/128",
                [.randAugment(.init(operationCount: 3, magnitude: 12, sampling: .init(fill: [128, 128, 128])))]
            ),
            ("trivialaugment:sampling=bilinear", [.trivialAugment(.init(interpolation: .bilinear))]),
            ("hflip,erase=0.25", [.horizontalFlip(probability: 0.5), .erasing(.init(probability: 0.25))]),
            (
                "erase=1:scale=0.1..0.2:ratio=1..1:value=random",
                [.erasing(.init(probability: 1, scale: 0.1...0.2, ratio: 1...1, value: .random))]
            ),
            ("erase=0.5:value=1/-0.5/0.25", [.erasing(.init(value: .colour(1, -0.5, 0.25)))]),
        ] as [(String, [Augmentation.Step])])
    func texts(text: String, steps: [Augmentation.Step]) throws {
        let augmentation = try Augmentation(text)
        #expect(augmentation.steps(for: .imageNet) == steps)
        #expect(augmentation == (try Augmentation(steps)))
        #expect(try Augmentation(augmentation.description) == augmentation, "\(augmentation)")
        #expect(augmentation.preset == nil)
    }

    @Test("the text is written as short as it is read")
    func descriptions() throws {
        for text in [
            "resized-crop=0.35..1,hflip,rotate=10,jitter=0.2/0.2/0.2/0.05,erase=0.25", "crop=4,hflip", "rotate=-5..20",
            "affine=10:translate=0.1/0.1:scale=0.9..1.1:shear=5", "trivialaugment", "jitter=0.4/0.4/0.4",
        ] {
            #expect(try Augmentation(text).description == text)
        }
        #expect(try Augmentation(" hflip , vflip = 0.5 ").description == "hflip,vflip")
        #expect(try Augmentation([]).description == "none")
    }

    @Test("random steps are read from their own text", arguments: 0..<200)
    func roundTrip(seed: UInt64) throws {
        var generator = StepGenerator(seed: seed)
        let steps = generator.steps()
        let augmentation = try Augmentation(steps)
        #expect(try Augmentation(augmentation.description) == augmentation, "\(augmentation)")
    }

    @Test("presets", arguments: Augmentation.Preset.allCases)
    func presets(preset: Augmentation.Preset) throws {
        let augmentation = try Augmentation(preset.rawValue)
        #expect(augmentation == .preset(preset))
        #expect(augmentation.description == preset.rawValue)
        for preprocessing in [.imageNet, Self.small] {
            let resolved = augmentation.resolved(for: preprocessing)
            #expect(resolved.steps(for: .imageNet) == augmentation.steps(for: preprocessing))
            // A preset's steps obey the rules that a list must obey.
            #expect(try Augmentation(resolved.description).steps(for: .imageNet) == resolved.steps(for: .imageNet))
        }
    }

    @Test("what the presets are")
    func presetTexts() {
        let texts = Augmentation.Preset.allCases.map { preset in
            [.imageNet, Self.small].map { Augmentation.preset(preset).resolved(for: $0).description }
        }
        #expect(
            texts == [
                ["none", "none"],
                ["resized-crop=0.5..1,hflip", "crop=2,hflip"],
                ["resized-crop=0.08..1,hflip", "crop=4,hflip"],
                [
                    "resized-crop=0.08..1,hflip,trivialaugment:sampling=bilinear,erase=0.1",
                    "crop=4,hflip,trivialaugment,erase=0.1",
                ],
            ])
    }

    @Test(
        "errors name the step and suggest the nearest",
        arguments: [
            ("", "it is empty; write 'none' for no augmentation"),
            ("hflipp", "there is no step 'hflipp'. Did you mean 'hflip'?"),
            ("hflip,rotat=10", "there is no step 'rotat'. Did you mean 'rotate'?"),
            ("standart", "there is no step 'standart'. Did you mean 'standard'?"),
            (
                "xyzzy",
                "there is no step 'xyzzy'. Steps are resized-crop, crop, hflip, vflip, rotate, affine, jitter, grayscale, "
                    + "randaugment, trivialaugment, erase; presets are none, light, standard, strong"
            ),
            ("hflip,", "'hflip,' has an empty step; remove the comma"),
            ("light,hflip", "'light' is a preset, which stands alone; write steps or one preset"),
            ("hflip=x", "'hflip=x': the value is 'x', expected a number"),
            ("hflip=nan", "'hflip=nan': the value is 'nan', expected a number"),
            ("hflip=1.5", "'hflip=1.5': the probability is 1.5, expected 0 to 1"),
            ("hflip:p=1", "'hflip:p=1': 'hflip' has no options, found 'p'"),
            ("hflip:p", "'hflip:p': 'p' is not of the form key=value"),
            (
                "rotate=5:samplng=bilinear",
                "'rotate=5:samplng=bilinear': 'rotate' has no option 'samplng', but sampling, fill. Did you mean 'sampling'?"
            ),
            ("rotate=5:sampling=cubic", "'rotate=5:sampling=cubic': sampling is 'cubic', expected nearest or bilinear"),
            ("rotate=5:fill=300", "'rotate=5:fill=300': fill takes one grey level from 0 to 255, or red/green/blue"),
            ("rotate=5:fill=1:fill=2", "'rotate=5:fill=1:fill=2': 'fill' is given 2 times; give it once"),
            ("rotate", "'rotate': how far? Write rotate=10 for -10 to 10 degrees, or rotate=-5..20"),
            ("rotate=-10", "'rotate=-10': the value is '-10', expected a number of 0 or more, or a range"),
            ("rotate=20..10", "'rotate=20..10': the value is '20..10', expected the smaller number first"),
            ("rotate=1000", "'rotate=1000': the angle is -1000..1000, expected degrees from -360 to 360"),
            (
                "affine=0:translate=0.1",
                "'affine=0:translate=0.1': translate takes two shares, of width and height: 0.1/0.1"
            ),
            ("affine=0:scale=0..1", "'affine=0:scale=0..1': scale is 0..1, expected factors from 0.001 to 1000"),
            ("affine=0:shear=90", "'affine=0:shear=90': shear is -90..90, expected degrees from -89 to 89"),
            (
                "resized-crop=0..1",
                "'resized-crop=0..1': the scale is 0..1, expected shares of the area, above 0 and up to 1"
            ),
            ("resized-crop=0.5", "'resized-crop=0.5': the value is '0.5', expected a range such as 0.5..1"),
            ("jitter=0.1/0.1/0.1/0.6", "'jitter=0.1/0.1/0.1/0.6': hue is -0.6..0.6, expected turns from -0.5 to 0.5"),
            ("jitter=1/2/3/0/5", "'jitter=1/2/3/0/5': the value has 5 numbers, expected up to 4 with / between them"),
            ("randaugment=2/31", "'randaugment=2/31': the magnitude is 31, expected 0 to 30"),
            ("randaugment=2.5", "'randaugment=2.5': the value is '2.5', expected a whole number"),
            (
                "trivialaugment=2",
                "'trivialaugment=2': 'trivialaugment' takes no value, found '2'; write 'trivialaugment'"
            ),
            (
                "erase=0.5:value=blue",
                "'erase=0.5:value=blue': value is 'blue', expected a normalised number, red/green/blue, or random"
            ),
            ("crop=-1", "'crop=-1': the padding is -1, expected 0 to 16384 pixels"),
            ("hflip,crop=4", "'crop' chooses the part of the photo that the others work on; write it first"),
            ("crop=4,resized-crop", "'crop' and 'resized-crop' both choose a part of the photo; keep one of them"),
            (
                "erase,hflip",
                "'erase' overwrites a part of the finished, normalised image; write it last, behind 'hflip'"
            ),
        ])
    func errors(text: String, message: String) throws {
        let error = try #require(#expect(throws: AugmentationError.self) { try Augmentation(text) })
        #expect(error.description == "augmentation: \(message)")
        #expect(error.kind == .usage)
    }
}

/// Draws lists of steps that are allowed.
private struct StepGenerator {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func number(_ range: ClosedRange<Double>) -> Double { generator.uniform(in: range) }

    mutating func range(_ bounds: ClosedRange<Double>) -> ClosedRange<Double> {
        let (first, second) = (number(bounds), number(bounds))
        return min(first, second)...max(first, second)
    }

    mutating func sampling() -> Augmentation.AffineSampling {
        let fill = (0..<3).map { _ in UInt8(generator.index(below: 256)) }
        return .init(
            interpolation: generator.chance(0.5) ? .bilinear : .nearest, fill: generator.chance(0.5) ? fill : [0, 0, 0])
    }

    mutating func steps() -> [Augmentation.Step] {
        var steps: [Augmentation.Step] = []
        switch generator.index(below: 3) {
        case 0: steps.append(.resizedCrop(.init(scale: range(0.01...1), ratio: range(0.1...5))))
        case 1: steps.append(.crop(padding: generator.index(below: 20)))
        default: break
        }
        let middle: [Augmentation.Step] = [
            .horizontalFlip(probability: number(0...1)), .verticalFlip(probability: number(0...1)),
            .rotation(.init(degrees: range(-180...180), sampling: sampling())),
            .affine(
                .init(
                    degrees: range(-180...180), translateX: number(0...1), translateY: number(0...1),
                    scale: range(0.1...3), shearX: range(-40...40), shearY: range(-40...40), sampling: sampling())),
            .colourJitter(
                .init(
                    brightness: range(0...3), contrast: range(0...3), saturation: range(0...3), hue: range(-0.5...0.5))),
            .grayscale(probability: number(0...1)),
            .randAugment(
                .init(
                    operationCount: generator.index(below: 5), magnitude: generator.index(below: 31),
                    sampling: sampling())),
            .trivialAugment(sampling()),
        ]
        steps += middle.filter { _ in generator.chance(0.5) }
        if generator.chance(0.5) {
            let colour = (0..<3).map { _ in Float(number(-2...2)) }
            let values: [Augmentation.Erasing.Value] = [
                .random, .constant(colour[0]), .colour(colour[0], colour[1], colour[2]),
            ]
            steps.append(
                .erasing(
                    .init(
                        probability: number(0...1), scale: range(0...1), ratio: range(0.1...5),
                        value: values[generator.index(below: 3)])))
        }
        return steps
    }
}
