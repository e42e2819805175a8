import Testing
import ZooGraph
import ZooRegistry
import ZooTensor

@testable import ZooTraining

@Suite struct UsualPreprocessingTests {
    @Test(
        "a bare state dict is shown images that its network takes",
        arguments: [
            ("resnet18", 256, 224), ("swin_v2_t", 256, 224), ("resnet20_cifar", nil, nil), ("vit_b_16", 256, 224),
        ] as [(String, Int?, Int?)])
    func usual(name: String, resize: Int?, crop: Int?) throws {
        let preprocessing = Preprocessing.usual(for: try Architecture.graph(named: name, classes: 10))
        #expect(preprocessing.resize == resize)
        #expect(preprocessing.crop == crop)
    }

    @Test func aViTForLargerImagesGetsThem() throws {
        let shapes = ["encoder.pos_embedding": [1, 577, 768], "heads.head.weight": [10, 768]] as [String: Shape]
        let preprocessing = Preprocessing.usual(for: try Architecture.graph(named: "vit_b_16", fitting: shapes))
        #expect(preprocessing.resize == 384)
        #expect(preprocessing.crop == 384)
        #expect(preprocessing.interpolation == .bicubic)
    }
}
