import Testing
import ZooCore
import ZooRegistry

@Suite("finding an entry by what a person types") struct LookupTests {
    let registry: Registry

    init() throws {
        registry = try Registry.embedded()
    }

    @Test(arguments: [
        ("resnet18", "resnet18:IMAGENET1K_V1"),
        ("RESNET18", "resnet18:IMAGENET1K_V1"),
        ("resnet50", "resnet50:IMAGENET1K_V2"),
        ("resnet50:DEFAULT", "resnet50:IMAGENET1K_V2"),
        ("resnet50:default", "resnet50:IMAGENET1K_V2"),
        ("resnet50:IMAGENET1K_V1", "resnet50:IMAGENET1K_V1"),
        ("ResNet50:imagenet1k_v1", "resnet50:IMAGENET1K_V1"),
        ("ResNet50_Weights", "resnet50:IMAGENET1K_V2"),
        ("ResNet50_Weights.DEFAULT", "resnet50:IMAGENET1K_V2"),
        ("ResNet50_Weights.IMAGENET1K_V1", "resnet50:IMAGENET1K_V1"),
        ("resnet50_weights.imagenet1k_v1", "resnet50:IMAGENET1K_V1"),
        ("resnet50:ResNet50_Weights.IMAGENET1K_V1", "resnet50:IMAGENET1K_V1"),
        ("resnet50:ResNet50_Weights.DEFAULT", "resnet50:IMAGENET1K_V2"),
        ("resnet50-0676ba61.pth", "resnet50:IMAGENET1K_V1"),
        ("regnet_y_128gf", "regnet_y_128gf:IMAGENET1K_SWAG_E2E_V1"),
        ("shufflenetv2_x1.0", "shufflenet_v2_x1_0:IMAGENET1K_V1"),
        ("shufflenetv2_x1.0:DEFAULT", "shufflenet_v2_x1_0:IMAGENET1K_V1"),
        ("inception_v3_google", "inception_v3:IMAGENET1K_V1"),
        ("vgg16_features", "vgg16:IMAGENET1K_FEATURES"),
        ("resnet20-cifar10", "resnet20-cifar10:CIFAR10"),
        ("resnet20-12fca82f.th", "resnet20-cifar10:CIFAR10"),
        ("mobilenetV1X0.25", "mobilenet_v1_x0_25:IMAGENET1K"),
        ("mobilenetV1X0.25_pretrain.tar", "mobilenet_v1_x0_25:IMAGENET1K"),
    ])
    func spellings(name: String, id: String) throws {
        #expect(try registry.entry(name).id == id)
    }

    @Test(arguments: [
        ("resnet81", "unknown model 'resnet81'. Did you mean 'resnet18'? 'zoo list' shows all."),
        ("resnet81:DEFAULT", "unknown model 'resnet81'. Did you mean 'resnet18'? 'zoo list' shows all."),
        (
            "resnet20",
            "unknown model 'resnet20'. Did you mean 'resnet20-cifar10' or 'resnet50'? 'zoo list' shows all."
        ),
        (
            "ResNet18_Weight.IMAGENET1K_V1",
            "unknown model 'ResNet18_Weight.IMAGENET1K_V1'. Did you mean 'ResNet18_Weights.IMAGENET1K_V1'? "
                + "'zoo list' shows all."
        ),
        (
            "resnet18-f37072fd",
            "unknown model 'resnet18-f37072fd'. Did you mean 'resnet18-f37072fd.pth'? 'zoo list' shows all."
        ),
        ("zzzzzz", "unknown model 'zzzzzz'. 'zoo list' shows all."),
        ("a\u{1B}[31m\nb", #"unknown model 'a\u{1B}[31m\nb'. 'zoo list' shows all."#),
        ("DEFAULT", "unknown model 'DEFAULT'. 'zoo list' shows all."),
        ("", "unknown model ''. 'zoo list' shows all."),
        (":", "unknown model ''. 'zoo list' shows all."),
    ])
    func unknownModels(name: String, message: String) {
        let error = #expect(throws: RegistryError.self) { try registry.entry(name) }
        #expect(error?.code == .unknownModel && error?.kind == .usage)
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (
            "resnet50:IMAGENET1K_V3",
            "model 'resnet50' has no weights 'IMAGENET1K_V3'. "
                + "It has IMAGENET1K_V1 and IMAGENET1K_V2 (the default)."
        ),
        ("alexnet:", "model 'alexnet' has no weights ''. It has IMAGENET1K_V1 (the default)."),
        (
            "resnet18:ResNet50_Weights.IMAGENET1K_V1",
            "model 'resnet18' has no weights 'ResNet50_Weights.IMAGENET1K_V1'. It has IMAGENET1K_V1 (the default)."
        ),
        (
            "vit_b_16:IMAGENET1K",
            "model 'vit_b_16' has no weights 'IMAGENET1K'. It has IMAGENET1K_V1 (the default), "
                + "IMAGENET1K_SWAG_E2E_V1 and IMAGENET1K_SWAG_LINEAR_V1."
        ),
    ])
    func unknownWeights(name: String, message: String) {
        let error = #expect(throws: RegistryError.self) { try registry.entry(name) }
        #expect(error?.code == .unknownWeights && error?.kind == .usage)
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (
            "resnet1*",
            ["resnet18", "resnet101", "resnet152", "resnet14-shapes", "resnet110-cifar10", "resnet1202-cifar10"]
        ),
        ("resnet?4", ["resnet34"]),
        ("resnet?4-cifar10", ["resnet44-cifar10"]),
        ("VGG16*", ["vgg16", "vgg16_bn"]),
        ("vgg16*FEATURES", ["vgg16"]),
        ("*:*swag_e2e*", ["vit_b_16", "vit_l_16", "vit_h_14", "regnet_y_16gf", "regnet_y_32gf", "regnet_y_128gf"]),
        ("alexn", ["alexnet"]),
        ("GoogLeNet_Weights", ["googlenet"]), ("v3_google", ["inception_v3"]),
        ("mobilenetV1", ["mobilenet_v1_x0_25"]),
        ("*", nil), ("", nil),
        ("nothing", []), ("resnet1?", ["resnet18"]), ("*x*x*x*x*x*x*x*", []),
    ])
    func patterns(pattern: String, names: [String]?) {
        let found = registry.entries(matching: pattern)
        #expect(Set(found.map(\.name)) == Set(names ?? registry.entries.map(\.name)))
        #expect(
            found.map(\.id) == registry.entries.map(\.id).filter(Set(found.map(\.id)).contains), "the order is kept")
    }

    @Test func weightsOfAModel() {
        #expect(registry.entries(named: "ResNet50").map(\.weights) == ["IMAGENET1K_V1", "IMAGENET1K_V2"])
        #expect(registry.entries(named: "resnet5").isEmpty)
        #expect(registry.entry(fileName: "resnet18-f37072fd.pth")?.name == "resnet18")
        #expect(registry.entry(fileName: "resnet18-F37072FD.pth") == nil, "files have their case")
    }
}
