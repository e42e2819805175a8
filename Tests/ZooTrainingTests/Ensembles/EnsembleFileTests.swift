import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooGraph
import ZooRegistry
import ZooTensor

@testable import ZooTraining

@Suite("files that hold ensembles") struct EnsembleFileTests {
    /// A narrow network whose body follows from one seed and whose head from another.
    static func network(
        _ classes: [String]? = ["a", "b", "c"], body: UInt64 = 1, head: UInt64 = 1, arch: String = "resnet14_cifar"
    ) throws -> PretrainedNetwork {
        let graph = try Architecture.graph(named: arch, classes: classes?.count ?? 3)
        let prefix = try #require(graph.head).prefix
        let other = NetworkInitialisation.parameters(of: graph, seed: head)
        let parameters = NetworkInitialisation.parameters(of: graph, seed: body).merging(
            other.filter { $0.key.hasPrefix("\(prefix).") }
        ) { $1 }
        let (_, report) = StateDict([]).bind(to: [])
        return PretrainedNetwork(
            graph: graph, head: try #require(graph.head), parameters: parameters, preprocessing: .usual(for: graph),
            classes: classes, path: "none", report: report, prefix: "", hasHead: true)
    }

    static func ensemble(_ count: Int = 3) throws -> EnsembleClassifier {
        try EnsembleClassifier(
            (0..<count).map { ("m\($0).pth", try network(head: UInt64($0))) },
            combination: .average(weights: [0.5, 0.3, 0.2]))
    }

    @Test("what was written is read", arguments: ["e.pth", "e.safetensors"], [0, 1, 2]) func roundTrip(
        name: String, kind: Int
    ) throws {
        var ensemble = try Self.ensemble()
        switch kind {
        case 0: break
        case 1:
            ensemble.combination = .vote(weights: Combination.equalWeights(3))
            ensemble.method = "vote"
        default:
            ensemble.combination = .stack(
                LinearHead(
                    weight: Matrix(rowCount: 3, columnCount: 9, values: (0..<27).map { Float($0) - 13 }),
                    bias: [1, 2, 3]))
            ensemble.method = "stack"
        }
        let folder = try ScratchFolder()
        let path = folder.file(name)
        try ensemble.write(to: path, provenance: [("how", "a test")])
        let read = try #require(try ClassifierLoader().load(path) as? EnsembleClassifier)
        #expect(read.weightsDigest == ensemble.weightsDigest)
        #expect(read.combination == ensemble.combination)
        #expect(read.classes == ["a", "b", "c"])
        #expect(read.members.map(\.name) == ["m0.pth", "m1.pth", "m2.pth"])
        #expect(read.sourceCount == 1, "the body is stored once")
        #expect(read.title == ensemble.title && read.outputCount == 3 && !read.hasFixedInputSize)
        let error = #expect(throws: TrainingError.self) { try NetworkLoader().load(path) }
        #expect(error?.message.contains("ensemble of 3 members") == true)
    }

    @Test("bodies that differ are kept apart") func bodies() throws {
        let ensemble = try EnsembleClassifier([
            ("a", try Self.network(head: 1)), ("b", try Self.network(body: 2)), ("c", try Self.network(head: 5)),
            ("d", try Self.network(arch: "resnet20_cifar")),
        ])
        #expect(ensemble.sourceCount == 3)
        #expect(ensemble.members.map { $0.inputs[0].source } == [0, 1, 0, 2])
    }

    @Test("classes are matched by name") func classes() throws {
        let first = try Self.network()
        let second = try Self.network(["c", "a", "b"], head: 2)
        let ensemble = try EnsembleClassifier([("first", first), ("second", second)])
        let heads = ensemble.members.compactMap { $0.head as? LinearHead }
        let rows = try second.classifier()
        #expect(heads[1].weight.row(0) == rows.weight.row(1))
        #expect(heads[1].weight.row(2).elementsEqual(rows.weight.row(0)))
    }

    @Test(
        "other classes are refused, and said",
        arguments: [
            (["a", "b", "d"], ["does not know 'c'", "knows besides 'd'"]), (["a", "b"], ["does not know 'c'"]),
            (["a", "b", "c", "e"], ["knows besides 'e'"]),
        ] as [([String], [String])]) func strangers(classes: [String], complaints: [String]) throws
    {
        let members = [("one.pth", try Self.network()), ("two.pth", try Self.network(classes))]
        let error = #expect(throws: TrainingError.self) { try EnsembleClassifier(members) }
        #expect(error?.code == .classMismatch)
        for complaint in complaints + ["two.pth", "one.pth"] {
            #expect(error?.message.contains(complaint) == true, "\(error?.message ?? "")")
        }
        #expect(throws: TrainingError.self) { try WeightSoup(members) }
    }

    @Test("a member that does not say what its outputs mean is refused among others that do") func nameless() throws {
        let error = #expect(throws: TrainingError.self) {
            try EnsembleClassifier([("one", try Self.network()), ("two", try Self.network(nil))])
        }
        #expect(error?.message.hasPrefix("two does not say") == true)
        _ = try EnsembleClassifier([("one", try Self.network(nil)), ("two", try Self.network(nil))])
    }

    /// A description that was changed from outside, and what is said about it.
    static let defects: [(String, String, String)] = [
        ("a method of the future", #""method":"average""#, #""method":"swarm""#),
        ("a network that is not there", #""source":0"#, #""source":7"#),
        ("a negative network", #""source":0"#, #""source":-1"#),
        ("weights that are no shares", #""weight":0.5"#, #""weight":40"#),
        ("a negative weight", #""weight":0.5"#, #""weight":-0.5"#),
        ("an architecture that nobody has", "resnet14_cifar", "resnet15_lichen"),
        ("another architecture", "resnet14_cifar", "resnet20_cifar"),
        ("an impossible preprocessing", #""mean":["#, #""mean":[0,"#),
        ("no members", #""members":["#, #""members":[],"others":["#),
        ("a list in the place of it", #"{"members""#, #"[{"members""#),
    ].map { ($0.0, $0.1, $0.2) }

    @Test(arguments: defects) func defect(_ name: String, _ text: String, _ replacement: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file("e.safetensors")
        try Self.ensemble().write(to: path, provenance: [])
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
        #expect(throws: (any Error).self, "\(name)") { try ClassifierLoader().load(broken) }
    }

    @Test(
        "tensors that do not fit",
        arguments: [
            ("members.1.weight", nil), ("members.1.weight", [3, 5]), ("members.2.bias", [2]),
            ("members.0.weight", [64]),
            ("sources.0.conv1.weight", nil), ("sources.0.layer2.0.conv1.weight", [1, 2]),
        ] as [(String, [Int]?)]) func tensors(name: String, shape: [Int]?) throws
    {
        let folder = try ScratchFolder()
        let path = folder.file("e.pth")
        try Self.ensemble().write(to: path, provenance: [])
        let checkpoint = try Checkpoint.open(path)
        let tensors = try checkpoint.stateDict().entries.compactMap { entry -> (String, SavedValue)? in
            guard entry.name == name else { return (entry.name, .tensor(entry.tensor)) }
            return shape.map { sizes in
                let count = sizes.reduce(1, *)
                return (name, .tensor(Tensor([Float](repeating: 0, count: count), shape: Shape(sizes))))
            }
        }
        let broken = folder.file("broken.pth")
        let description = EnsembleDescription(try Self.ensemble()).savedValue
        try PyTorchZipWriter.write(
            .dictionary([
                ("state_dict", .orderedDictionary(tensors)), ("ensemble", description), ("zoo", .dictionary([])),
            ]), to: broken)
        let error = #expect(throws: TrainingError.self) { try ClassifierLoader().load(broken) }
        #expect(error?.code == .unfitCheckpoint)
        #expect(error?.message.contains("broken.pth") == true)
    }
}
