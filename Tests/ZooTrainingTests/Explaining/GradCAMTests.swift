import TestSupport
import Testing
import ZooGraph
import ZooImage

@testable import ZooTraining

/// Grad-CAM against PyTorch's hooks in float64 (fixtures/generators/explaining.py).
@Suite("Grad-CAM") struct GradCAMTests {
    struct Expectation: Decodable {
        struct Map: Decodable {
            let module: String
            let `class`: Int
            let map: [[Double]]
        }
        let shape: [Int]
        let maps: [Map]
    }

    static let expectations =
        (try? Fixture.json("explaining/gradcam.json", as: [String: Expectation].self)) ?? [:]

    private func tool(_ name: String, layer: String?) throws -> (GradCAM, Expectation) {
        let expected = try #require(Self.expectations[name])
        let graph = try #require(ExplainedNetworks.graphs[name])
        let tool = try GradCAM(
            graph: graph, parameters: ExplainedNetworks.parameters(of: graph), layer: layer,
            imageSize: ImageSize(height: expected.shape[2], width: expected.shape[3]))
        return (tool, expected)
    }

    @Test func everyNetworkIsThere() {
        #expect(Self.expectations.count >= 20)
        let strangers = Set(Self.expectations.keys).subtracting(ExplainedNetworks.graphs.keys)
        #expect(strangers.subtracting(["narrow efficientnet_v2"]).isEmpty)
    }

    /// Float32 here, float64 there: 1e-4 of the largest number, five times what the worst network has.
    @Test("the usual layer gives PyTorch's map", arguments: ExplainedNetworks.graphs.keys.sorted().thinned(to: 6))
    func usualLayer(name: String) throws {
        let (tool, expected) = try tool(name, layer: nil)
        let map = try #require(expected.maps.first)
        let pixels = ExplainedNetworks.image(expected.shape)
        let found = try tool.explain(pixels.span, output: map.class)
        let difference = ExplainedNetworks.difference(found.map.rows, map.map)
        #expect(difference < 1e-4, "\(tool.layerName) is not \(map.module)")
        #expect(found.output == map.class)
    }

    @Test(
        "any layer, or module, can be named",
        arguments: [
            ("narrow basic", 1), ("narrow basic", 2), ("narrow bottleneck", 1), ("resnet14_cifar", 1),
            ("narrow vgg", 1),
            ("narrow vit", 1),
        ].thinned(to: 2))
    func namedLayer(name: String, index: Int) throws {
        let map = try #require(Self.expectations[name]?.maps[index])
        let (tool, expected) = try tool(name, layer: map.module)
        let pixels = ExplainedNetworks.image(expected.shape)
        let found = try tool.explain(pixels.span, output: map.class)
        #expect(ExplainedNetworks.difference(found.map.rows, map.map) < 1e-4, "\(tool.layerName)")
    }

    @Test func theLikeliestClassIsExplainedByDefaultAndImagesDoNotMix() throws {
        let (tool, expected) = try tool("narrow basic", layer: nil)
        let pixels = ExplainedNetworks.image(expected.shape)
        let first = try tool.explain(pixels.span)
        #expect(first.output == first.logits.indices.max { first.logits[$0] < first.logits[$1] })
        let other = pixels.map { -$0 }
        _ = try tool.explain(other.span)
        #expect(try tool.explain(pixels.span).map == first.map)
    }

    @Test(
        "layers that cannot be looked at",
        arguments: [
            ("layer5", "no layer 'layer5'. Did you mean 'layer"), ("fc", "no image of several pixels"),
            ("avgpool", "no image of several pixels"), ("", "no layer ''"),
        ])
    func defects(layer: String, complaint: String) {
        let error = #expect(throws: TrainingError.self) { try tool("narrow basic", layer: layer) }
        #expect(error?.code == .unknownLayer && error?.message.contains(complaint) == true, "\(error?.message ?? "")")
    }

    @Test func anAuxiliaryBranchHasNoSay() {
        let error = #expect(throws: (any Error).self) { try tool("narrow googlenet", layer: "aux1") }
        #expect("\(error.map { "\($0)" } ?? "")".contains("aux1"))
    }
}
