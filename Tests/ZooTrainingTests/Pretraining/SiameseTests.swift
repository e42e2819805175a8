import TestSupport
import Testing
import ZooCore
import ZooGraph
import ZooTensor

@testable import ZooTraining

@Suite("learning from two views is the paper's") struct SiameseTests {
    /// What `fixtures/generators/methods/siamese.py` let PyTorch compute in float64.
    struct LossFixture: Decodable {
        let rows, columns: Int
        let first, second: [Float]
        let loss: Double
        let gradients: [[Double]]
        let cosines: [Double]

        func matrix(_ values: [Float]) -> Matrix { Matrix(rowCount: rows, columnCount: columns, values: values) }
    }

    @Test func lossAndGradientsArePyTorchs() throws {
        let fixture = try Fixture.json("methods/siamese.json", as: LossFixture.self)
        let loss = SiameseLoss(fixture.matrix(fixture.first), fixture.matrix(fixture.second))
        #expect(abs(loss.mean - fixture.loss) <= 1e-12)
        for (found, expected) in zip([loss.gradients.0, loss.gradients.1], fixture.gradients) {
            #expect(zip(found.values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-7 })
        }
    }

    @Test func viewsAreComparedWithinTheirGroup() throws {
        let fixture = try Fixture.json("methods/siamese.json", as: LossFixture.self)
        let (first, second) = (fixture.matrix(fixture.first), fixture.matrix(fixture.second))
        let four = SiameseLoss.likenesses(first, second, groupSize: 4)
        // The fifth image fills no group.
        #expect(four.own == [0, 1, 2, 3])
        #expect(zip(four.cosines.values, fixture.cosines).allSatisfy { abs(Double($0) - $1) <= 1e-6 })
        let two = SiameseLoss.likenesses(first, second, groupSize: 2)
        #expect(two.own == [0, 1, 0, 1])
        #expect(two.cosines.values == [0, 1, 4, 5, 10, 11, 14, 15].map { four.cosines.values[$0] })
    }

    @Test("an image that gives nothing has no direction, and no NaN")
    func zeros() {
        let nothing = Matrix(zeros: 2, 6)
        let loss = SiameseLoss(nothing, nothing)
        #expect(loss.mean == 0)
        #expect(loss.gradients.0.values.allSatisfy { $0 == 0 })
    }

    @Test(
        "networks whose head takes pooled features get a projection",
        arguments: ["resnet18", "resnet20_cifar", "mobilenet_v2", "densenet121", "efficientnet_b0", "googlenet"])
    func suited(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 10)
        let siamese = try graph.siamese(SiameseLayers(projection: 32, bottleneck: 8))
        let shapes = try siamese.shapes(batch: 2, height: 64, width: 64)
        #expect(shapes[siamese.output] == [2, 64, 1, 1])
        let names = Set(siamese.parameterSpecs.map(\.name))
        let backbone = try graph.featureMapExtractor().parameterSpecs.map(\.name)
        #expect(names.isSuperset(of: backbone))
        #expect(names.isDisjoint(with: try graph.headParameters))
        let own = names.subtracting(backbone).filter { $0.hasSuffix("weight") }
        #expect(
            own.sorted() == [
                "predictor.0.weight", "predictor.1.weight", "predictor.3.weight", "projector.0.weight",
                "projector.1.weight", "projector.3.weight", "projector.4.weight", "projector.6.weight",
                "projector.7.weight",
            ])
    }

    @Test("others are refused by name", arguments: ["vgg11", "squeezenet1_0", "vit_b_16", "mobilenet_v3_small"])
    func unsuited(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 10)
        #expect {
            _ = try graph.siamese(SiameseLayers())
        } throws: { error in
            "\(error)".contains(name) && "\(error)".contains("learn from rotations")
        }
    }
}
