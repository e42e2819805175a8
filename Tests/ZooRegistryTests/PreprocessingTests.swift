import Foundation
import Testing
import ZooRegistry

@Suite struct PreprocessingTests {
    static let mean: [Float] = [0.485, 0.456, 0.406]
    static let std: [Float] = [0.229, 0.224, 0.225]
    static let half: [Float] = [0.5, 0.5, 0.5]

    // From torchvision's `weights.transforms()`.
    static let presets: [(String, Preprocessing)] = [
        ("resnet50:IMAGENET1K_V1", .imageNet),
        (
            "resnet50:IMAGENET1K_V2",
            Preprocessing(resize: 232, crop: 224, interpolation: .bilinear, mean: mean, std: std)
        ),
        (
            "inception_v3",
            Preprocessing(resize: 342, crop: 299, interpolation: .bilinear, mean: mean, std: std)
        ),
        (
            "efficientnet_v2_l",
            Preprocessing(resize: 480, crop: 480, interpolation: .bicubic, mean: half, std: half)
        ),
        (
            "efficientnet_v2_m",
            Preprocessing(resize: 480, crop: 480, interpolation: .bilinear, mean: mean, std: std)
        ),
        (
            "efficientnet_b7",
            Preprocessing(resize: 600, crop: 600, interpolation: .bicubic, mean: mean, std: std)
        ),
        (
            "vit_h_14:IMAGENET1K_SWAG_E2E_V1",
            Preprocessing(resize: 518, crop: 518, interpolation: .bicubic, mean: mean, std: std)
        ),
        (
            "swin_v2_t",
            Preprocessing(resize: 260, crop: 256, interpolation: .bicubic, mean: mean, std: std)
        ),
        (
            "vgg16:IMAGENET1K_FEATURES",
            Preprocessing(
                resize: 256, crop: 224, interpolation: .bilinear,
                mean: [0.48235, 0.45882, 0.40784], std: [Float](repeating: 1 / 255, count: 3))
        ),
        (
            "resnet20-cifar10",
            Preprocessing(resize: nil, crop: nil, interpolation: .bilinear, mean: mean, std: std)
        ),
        ("mobilenet_v1_x0_25", .imageNet),
    ]

    @Test(arguments: presets)
    func areTorchvisions(name: String, preset: Preprocessing) throws {
        #expect(try Registry.embedded().entry(name).preprocessing == preset)
    }

    @Test func twentyEightEntriesAreBicubic() throws {
        #expect(try Registry.embedded().entries.count { $0.preprocessing.interpolation == .bicubic } == 28)
    }

    @Test(arguments: presets.map(\.1))
    func jsonThereAndBack(preset: Preprocessing) throws {
        let json = try JSONEncoder().encode(preset)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: json) == preset)
    }

    static let defects: [(String, @Sendable (inout Preprocessing) -> Void, String)] = [
        ("no pixels", { $0.resize = 0 }, "resize is 0, expected 1 to 16384 pixels"),
        ("a huge crop", { $0.crop = .max }, "crop is \(Int.max), expected 1 to 16384 pixels"),
        ("one channel", { $0.mean = [0.5] }, "mean is [0.5], expected three finite numbers, for red, green and blue"),
        (
            "not a number", { $0.std = [.nan, 1, 1] },
            "std is [nan, 1.0, 1.0], expected three finite numbers, for red, green and blue"
        ),
        ("a division by zero", { $0.std[2] = 0 }, "std is [0.229, 0.224, 0.0], expected numbers above zero"),
    ]

    @Test(arguments: defects)
    func defectsAreNamed(name: String, change: @Sendable (inout Preprocessing) -> Void, message: String) {
        var recipe = Preprocessing.imageNet
        #expect(recipe.defect == nil)
        change(&recipe)
        #expect(recipe.defect == message, "\(name)")
    }
}
