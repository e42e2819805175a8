import TestSupport
import Testing
import ZooCheckpoint
import ZooEngine
import ZooGraph
import ZooRegistry
import ZooTensor

@testable import ZooTraining

/// A whole ensemble from its file, and what `fixtures/generators/methods/ensemble_file.py` made of the same tensors with
/// PyTorch and the code of docs/ensembles.md.
@Suite("an ensemble's file says in zoo what it says in PyTorch") struct EnsembleTorchTests {
    struct Answers: Decodable {
        struct Codes: Decodable {
            let head: String
            let settings: [String: String]
            let sources: [Int]
            let outputs: [Int]?
        }
        struct Member: Decodable {
            let name: String
            let source: Int
            let weight: Double
            let codes: Codes?
        }
        let sources: [String]
        let members: [Member]
        let imageCount: Int
        let shapes: [String: [Int]]
        let said: [[Double]]
        let mean, stack: [Double]
    }

    private static func description(_ fixture: Answers, _ method: String) throws -> SavedValue {
        let preprocessing = Preprocessing.usual(
            for: try Architecture.graph(named: fixture.sources[0], classes: 3)
        ).savedValue
        return .dictionary([
            ("method", .string(method)),
            (
                "sources",
                .list(
                    fixture.sources.map {
                        .dictionary([("arch", .string($0)), ("preprocessing", preprocessing)])
                    })
            ), ("members", .list(fixture.members.map(\.savedValue))),
        ])
    }

    @Test(arguments: ["average", "stack"]) func probabilities(method: String) throws {
        let fixture = try Fixture.json("methods/ensemble_file.json", as: Answers.self)
        let names = fixture.shapes.keys.sorted().filter { method == "stack" || !$0.hasPrefix("stack.") }
        let tensors = names.map { name -> (String, SavedValue) in
            let sizes = fixture.shapes[name] ?? []
            return (name, .tensor(Tensor(SeededNumbers.values(name, sizes), shape: Shape(sizes))))
        }
        let folder = try ScratchFolder()
        try PyTorchZipWriter.write(
            .dictionary([
                ("state_dict", .orderedDictionary(tensors)), ("ensemble", try Self.description(fixture, method)),
                ("zoo", .dictionary([])),
            ]), to: folder.file("e.pth"))
        let ensemble = try #require(try ClassifierLoader().load(folder.file("e.pth")) as? EnsembleClassifier)
        let pixels = SeededNumbers.values("images", [fixture.imageCount, 3, 32, 32])
        let features = try ensemble.sources.map { source in
            let plan = try InferencePlan(
                graph: try source.graph.headFeatures(), parameters: source.parameters, batchSize: fixture.imageCount,
                height: 32, width: 32, options: EngineOptions(exact: true))
            return Matrix(
                rowCount: fixture.imageCount, columnCount: plan.outputShape.elementCount,
                values: try plan.run(pixels.span, count: fixture.imageCount))
        }
        let logits = ensemble.members.map { member in member.logits(of: member.inputs.map { features[$0.source] }) }
        for (found, expected) in zip(logits, fixture.said) { Self.expect(found, expected) }
        Self.expect(ensemble.combination.combine(logits), method == "stack" ? fixture.stack : fixture.mean)
    }

    private static func expect(_ logits: Matrix, _ expected: [Double]) {
        let found = logits.softmax().values
        let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 1
        #expect(found.count == expected.count && worst < 1e-5, "the worst differs by \(worst)")
    }
}

extension EnsembleTorchTests.Answers.Member {
    fileprivate var savedValue: SavedValue {
        .dictionary(
            [("name", .string(name)), ("source", .int(source)), ("weight", .double(weight))]
                + (codes.map { codes in
                    [
                        (
                            "codes",
                            .dictionary(
                                [
                                    ("head", .string(codes.head)),
                                    ("settings", .dictionary(codes.settings.map { ($0, .string($1)) })),
                                    ("sources", .list(codes.sources.map { .int($0) })),
                                ] + (codes.outputs.map { [("outputs", .list($0.map { .int($0) }))] } ?? []))
                        )
                    ]
                } ?? []))
    }
}
