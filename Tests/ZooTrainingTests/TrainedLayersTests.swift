import Testing
import ZooEngine
import ZooGraph

@testable import ZooTraining

/// Which layers learn, when, and how fast.
@Suite("trained layers") struct TrainedLayersTests {
    static let graph = try? Architecture.graph(named: "resnet18", classes: 5)

    private func stages(_ change: (inout TrainedLayers) -> Void) throws -> [TrainedLayers.Stage] {
        var layers = TrainedLayers()
        change(&layers)
        return try layers.stages(of: try #require(Self.graph))
    }

    private func modules(_ stage: TrainedLayers.Stage) -> [String] {
        Set(stage.scope.parameters.map { String($0.prefix { $0 != "." }) }).sorted()
    }

    @Test func everythingByDefault() throws {
        let stages = try stages { _ in }
        #expect(stages.count == 1)
        #expect(stages[0].firstEpoch == 1)
        #expect(stages[0].scope.parameters == Set(try #require(Self.graph).trainedParameterNames))
        #expect(stages[0].scope.batchNorms.count == 20)
    }

    @Test func frozenUntilALayer() throws {
        let stage = try stages { $0.frozenUntil = LayerPattern("layer3") }[0]
        #expect(modules(stage) == ["fc", "layer3", "layer4"])
        // Batch norms of frozen layers keep their statistics.
        #expect(stage.scope.batchNorms.allSatisfy { $0.hasPrefix("layer3") || $0.hasPrefix("layer4") })
        #expect(stage.scope.batchNorms.count == 10)
    }

    @Test func patternsFreezeAndTrain() throws {
        #expect(
            try modules(stages { $0.frozen = [LayerPattern("layer?"), LayerPattern("conv1")] }[0]) == ["bn1", "fc"])
        #expect(try modules(stages { $0.only = [LayerPattern("layer4.*")] }[0]) == ["fc", "layer4"])
        let biases = try stages { $0.only = [LayerPattern("*.bias")] }[0].scope.parameters
        #expect(biases.allSatisfy { $0.hasSuffix(".bias") || $0 == "fc.weight" })
        #expect(biases.count == 22)
        #expect(try modules(stages { $0.frozen = [LayerPattern("fc")] }[0]).contains("fc") == false)
    }

    @Test func unfreezingStepByStep() throws {
        let stages = try stages {
            $0.unfreezings = [("0", "fc"), ("3", "layer4"), ("6", "all")].map {
                TrainedLayers.Unfreezing(epoch: Int($0.0) ?? 0, pattern: LayerPattern($0.1))
            }
        }
        #expect(stages.map(\.firstEpoch) == [1, 4, 7])
        #expect(modules(stages[0]) == ["fc"])
        #expect(modules(stages[1]) == ["fc", "layer4"])
        #expect(modules(stages[2]) == ["bn1", "conv1", "fc", "layer1", "layer2", "layer3", "layer4"])
    }

    @Test func theHeadAloneFirst() throws {
        let stages = try stages { $0.headEpochs = 2 }
        #expect(stages.map(\.firstEpoch) == [1, 3])
        #expect(stages[0].scope.parameters == ["fc.weight", "fc.bias"])
        #expect(stages[0].scope.batchNorms.isEmpty)
    }

    @Test("batch norms on request", arguments: TrainedLayers.BatchNorms.allCases)
    func batchNorms(which: TrainedLayers.BatchNorms) throws {
        let stage = try stages {
            $0.frozenUntil = LayerPattern("layer4")
            $0.batchNorms = which
        }[0]
        #expect(stage.scope.batchNorms.count == [.trained: 5, .all: 20, .none: 0][which])
    }

    @Test func unknownLayersAreNamedWithTheNearest() throws {
        #expect {
            try stages { $0.frozenUntil = LayerPattern("layre3") }
        } throws: { error in
            let error = error as? TrainingError
            return error?.code == .unknownLayer && error?.message.contains("'layer3'") == true
        }
    }

    @Test(
        "blocks",
        arguments: [
            ("resnet18", ["stem", "layer1.0", "layer1.1", "layer2.0"], 10),
            ("mobilenet_v2", ["features.0", "features.1", "features.2", "features.3"], 20),
            ("densenet121", ["stem", "features.denseblock1", "features.transition1", "features.denseblock2"], 9),
            (
                "vit_b_16",
                [
                    "stem", "encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1",
                    "encoder.layers.encoder_layer_2",
                ], 14
            ),
            ("alexnet", ["features.0", "features.3", "features.6", "features.8"], 8),
        ])
    func blocks(name: String, first: [String], count: Int) throws {
        let blocks = LayerBlocks(try Architecture.graph(named: name, classes: 5)).blocks
        #expect(blocks.prefix(4).map(\.name) == first)
        #expect(blocks.count == count, "\(blocks.map(\.name))")
    }

    @Test func theHeadLearnsTenTimesAsFast() throws {
        let graph = try #require(Self.graph)
        let groups = LearningRates(base: 0.01).groups(of: Set(graph.trainedParameterNames), in: graph)
        #expect(groups.map(\.name) == ["head", "body"])
        #expect(groups.map(\.rate) == [0.1, 0.01])
        #expect(groups[0].parameters == ["fc.weight", "fc.bias"])
        #expect(groups[1].parameters.count == graph.trainedParameterNames.count - 2)
    }

    @Test func layersLearnTheSlowerTheEarlierTheyAre() throws {
        let graph = try #require(Self.graph)
        let rates = LearningRates(base: 0.01, headFactor: 10, layerDecay: 0.5)
        let groups = rates.groups(of: Set(graph.trainedParameterNames), in: graph)
        #expect(groups.map(\.name).prefix(3) == ["head", "layer4.1", "layer4.0"])
        #expect(groups.map(\.rate).prefix(3) == [0.1, 0.01, 0.005])
        #expect(groups.last?.name == "stem")
    }
}
