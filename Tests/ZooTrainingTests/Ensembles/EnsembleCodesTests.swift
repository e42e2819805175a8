import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooGraph
import ZooImage
import ZooTensor

@testable import ZooTraining

@Suite("heads on codes as members of an ensemble") struct EnsembleCodesTests {
    private static func images() throws -> [ImageSample] {
        let parts = try ImageFolder.open(Fixture.file("shapes/data"))
        return try Array(#require(parts.validation).samples.prefix(7))
    }

    private static func source(body: UInt64, normalised: Bool = false) throws -> CodesSource {
        let network = try EnsembleFileTests.network(body: body)
        let mean = (0..<64).map { Float($0) / 100 }
        return CodesSource(
            name: network.graph.name, featureCount: 64,
            normalisation: normalised ? CodesNormalisation(mean: mean, scale: 0.7) : nil,
            body: try NetworkBody(network))
    }

    private static func matrix(_ rows: Int, _ columns: Int, _ name: String) -> Matrix {
        Matrix(
            rowCount: rows, columnCount: columns,
            values: SeededNumbers.uniform(name, rows * columns).map { Float($0) })
    }

    /// A network, directions on the same body with the classes in another order, neighbours on it, and a layer on two.
    private static func members() throws -> [(name: String, classifier: any Classifier)] {
        let neighbours = try NearestNeighbours(k: 3).fit(
            FeatureSet(features: matrix(9, 64, "known"), labels: (0..<9).map { $0 % 3 }), classCount: 3)
        return [
            ("network", try EnsembleFileTests.network()),
            (
                "cosine",
                CodesClassifier(
                    sources: [try source(body: 1)], head: CosineHead(weight: matrix(3, 64, "cosine"), scale: 9),
                    classes: ["c", "a", "b"])
            ),
            ("knn", CodesClassifier(sources: [try source(body: 1)], head: neighbours, classes: ["a", "b", "c"])),
            (
                "joined",
                CodesClassifier(
                    sources: [try source(body: 1, normalised: true), try source(body: 2, normalised: true)],
                    head: LinearHead(weight: matrix(3, 128, "joined"), bias: [0.1, 0, -0.1]), classes: ["a", "b", "c"])
            ),
        ]
    }

    @Test("they say what they say alone, and share bodies", arguments: ["e.pth", "e.safetensors"])
    func members(file: String) throws {
        let members = try Self.members()
        let ensemble = try EnsembleClassifier(of: members)
        #expect(ensemble.sourceCount == 2, "two bodies, whatever the number of heads")
        let folder = try ScratchFolder()
        let path = folder.file(file)
        try ensemble.write(to: path, provenance: [])
        let read = try #require(try ClassifierLoader().load(path) as? EnsembleClassifier)
        #expect(read.weightsDigest == ensemble.weightsDigest && read.classes == ["a", "b", "c"])
        let images = try Self.images()
        for views in [[ImageView.usual], [.usual, ImageView(.centre, isMirrored: true)]] {
            let said = try read.memberOutputs(of: images, running: .init(), views: views) { _ in }
            for (index, member) in members.enumerated() {
                let order = try ["a", "b", "c"].map { try #require(member.classifier.classes?.firstIndex(of: $0)) }
                let alone = try views.map {
                    try member.classifier.logits(of: images, running: .init(), view: $0) { _ in }.rows
                        .gatheringColumns(order)
                }
                let expected = Matrix.meanOverViews(alone).softmax()
                let found = said.logits[index].softmax()
                let worst = zip(expected.values, found.values).map { abs($0 - $1) }.max() ?? 1
                #expect(worst < 1e-4, "\(member.name): \(worst)")
            }
        }
    }

    @Test("codes that are computed elsewhere, and ensembles, are no members") func refusals() throws {
        let elsewhere = CodesClassifier(
            sources: [CodesSource(name: "resnet14_cifar", featureCount: 64, normalisation: nil, body: nil)],
            head: CosineHead(weight: Self.matrix(3, 64, "cosine"), scale: 9), classes: ["a", "b", "c"])
        let network = ("network", try EnsembleFileTests.network() as any Classifier)
        let first = #expect(throws: TrainingError.self) {
            try EnsembleClassifier(of: [network, ("codes.pth", elsewhere)])
        }
        #expect(first?.message.contains("codes.pth is a head on codes that were computed elsewhere") == true)
        let second = #expect(throws: TrainingError.self) {
            try EnsembleClassifier(of: [network, ("all.pth", try EnsembleFileTests.ensemble())])
        }
        #expect(second?.message.contains("all.pth is itself average of 3 members") == true)
    }

    @Test(
        "descriptions of heads that make no sense",
        arguments: [
            ("a kind that nobody has", #""head":"cosine""#, #""head":"moss""#),
            ("a network that is not there", #""sources":[0,1]"#, #""sources":[0,9]"#),
            ("no networks", #""sources":[0,1]"#, #""sources":[]"#),
            ("fewer networks", #""sources":[0,1]"#, #""sources":[0]"#),
            ("an output that is not there", #""outputs":[1,2,0]"#, #""outputs":[1,2,3]"#),
            ("fewer outputs", #""outputs":[1,2,0]"#, #""outputs":[1,2]"#),
        ] as [(String, String, String)]) func defects(name: String, text: String, replacement: String) throws
    {
        let folder = try ScratchFolder()
        let path = folder.file("e.safetensors")
        try EnsembleClassifier(of: try Self.members()).write(to: path, provenance: [])
        let checkpoint = try Checkpoint.open(path)
        let metadata = try #require(checkpoint.root["__metadata__"]?.dictionaryValue)
        var texts = Dictionary(
            uniqueKeysWithValues: metadata.pairs.compactMap { pair in
                pair.key.stringValue.flatMap { key in pair.value.stringValue.map { (key, $0) } }
            })
        let known = try #require(texts["ensemble"])
        try #require(known.contains(text), "\(known)")
        texts["ensemble"] = known.replacing(text, with: replacement, maxReplacements: 1)
        let broken = folder.file("broken.safetensors")
        try SafetensorsWriter.write(
            try checkpoint.stateDict().entries.map { ($0.name, $0.tensor) }, metadata: texts, to: broken)
        let error = #expect(throws: TrainingError.self, "\(name)") { try ClassifierLoader().load(broken) }
        #expect(error?.code == .unfitCheckpoint)
    }
}
