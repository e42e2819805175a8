import TestSupport
import Testing
import ZooGraph
import ZooImage

@testable import ZooTraining

@Suite("occlusion") struct OcclusionTests {
    struct Expectation: Decodable {
        let shape: [Int]
        let side, stride: Int
        let colour: [Float]
        let `class`: Int
        let lowest: Double
        let map: [[Double]]
    }

    @Test("the map is that of plain loops in PyTorch", arguments: [(0, "narrow basic", 5), (1, "resnet14_cifar", 32)])
    func map(index: Int, name: String, batchSize: Int) throws {
        let expected = try Fixture.json("explaining/occlusion.json", as: [Expectation].self)[index]
        let graph = try #require(ExplainedNetworks.graphs[name])
        // The fixture's colour is normalised already.
        let tool = try Occlusion(
            graph: graph, parameters: ExplainedNetworks.parameters(of: graph),
            imageSize: ImageSize(height: expected.shape[2], width: expected.shape[3]),
            window: .init(side: expected.side, stride: expected.stride, colour: expected.colour), batchSize: batchSize
        ) { $1 }
        var steps: [Int] = []
        let found = try tool.explain(ExplainedNetworks.image(expected.shape)) { steps.append($0) }
        #expect(found.output == expected.class)
        #expect(ExplainedNetworks.difference(found.map.rows, expected.map) < 1e-3)
        #expect(abs(Double(found.lowestProbability) - expected.lowest) < 1e-4)
        #expect(steps.last == tool.placeCount && steps == steps.sorted())
    }

    @Test func logOddsOfASureAnswerAreFinite() {
        #expect(abs(Occlusion.logOdds([1, 1], 0)) < 1e-12)
        #expect(Occlusion.logOdds([90, -90, -90], 0) > 100)
        #expect(abs(Occlusion.logOdds([2, 0, 0][...], 1) - (0 - 2 - 0.126_928_011)) < 1e-6)
    }

    @Test func aWindowThatDoesNotFitIsRefused() throws {
        let graph = try #require(ExplainedNetworks.graphs["resnet14_cifar"])
        let error = #expect(throws: TrainingError.self) {
            try Occlusion(
                graph: graph, parameters: ExplainedNetworks.parameters(of: graph),
                imageSize: ImageSize(height: 32, width: 20), window: .init(side: 21, stride: 1)
            ) { $1 }
        }
        #expect(error?.message.contains("a window of 21 pixels does not fit") == true)
    }
}

@Suite("maps of importance") struct ImportanceMapTests {
    @Test func enlargingIsBilinearBetweenCentres() {
        // torch.nn.functional.interpolate([[0, 1], [2, 3]], (4, 4), mode='bilinear')
        let map = ImportanceMap(size: ImageSize(height: 2, width: 2), values: [0, 1, 2, 3])
        let rows: [[Float]] = [
            [0, 0.25, 0.75, 1], [0.5, 0.75, 1.25, 1.5], [1.5, 1.75, 2.25, 2.5], [2, 2.25, 2.75, 3],
        ]
        #expect(map.resized(to: ImageSize(height: 4, width: 4)).rows == rows)
        #expect(map.resized(to: map.size) == map)
    }

    @Test func theLargestNumberBecomesOneAndNothingIsBelowZero() {
        let size = ImageSize(height: 1, width: 3)
        #expect(ImportanceMap(size: size, values: [-1, 2, 4]).normalised.values == [0, 0.5, 1])
        #expect(ImportanceMap(size: size, values: [-1, 0, -3]).normalised.values == [0, 0, 0])
        #expect(ImportanceMap(size: size, values: [1, .infinity, 0]).normalised.values == [0, 0, 0])
    }
}
