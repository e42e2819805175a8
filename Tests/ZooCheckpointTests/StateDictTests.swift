import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooTensor

@Suite struct StateDictTests {
    static func zeros(_ shape: Shape) -> Tensor {
        Tensor([Float](repeating: 0, count: shape.elementCount), shape: shape)
    }

    static func dict(_ names: [(String, Shape)]) -> StateDict {
        StateDict(names.map { StateDict.Entry(name: $0.0, tensor: zeros($0.1)) })
    }

    @Test(
        "the prefixes of wrappers are cut",
        arguments: [
            (["module.a", "module.b"], ["a", "b"], "module."), (["module.a", "b"], ["module.a", "b"], ""),
            (["module._orig_mod.a"], ["a"], "module._orig_mod."), (["_orig_mod.module.a"], ["a"], "_orig_mod.module."),
            (["module.module.a"], ["a"], "module.module."), (["module."], ["module."], ""), ([], [], ""),
            (["modules.a"], ["modules.a"], ""),
        ] as [([String], [String], String)])
    func wrappers(names: [String], expected: [String], prefix: String) {
        let stripped = Self.dict(names.map { ($0, [1]) }).strippingWrappers()
        #expect(stripped.names == expected)
        #expect(stripped.strippedPrefix == prefix)
    }

    @Test(
        "the state dict of a training checkpoint is found",
        arguments: [
            (["state_dict": "w"], "state_dict"), (["model": "w", "optimizer": "w"], "model"),
            (["model_ema": "w", "model_state_dict": "w"], "model_state_dict"),
        ] as [([String: String], String)])
    func finding(content: [String: String], key: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file("t.pth")
        let tensor = SavedValue.tensor(Self.zeros([2]))
        try PyTorchZipWriter.write(
            .dictionary(
                content.sorted { $0.key < $1.key }.map { ($0.key, .dictionary([($0.value, tensor)])) }
                    + [("epoch", .int(3)), ("best", tensor)]), to: path)
        let weights = try Checkpoint.open(path).stateDict()
        #expect(weights.key == key)
        #expect(weights.names == ["w"])
    }

    @Test func theWholeFileIsAStateDictWithItsExtras() throws {
        let folder = try ScratchFolder()
        let path = folder.file("t.pth")
        try PyTorchZipWriter.write(
            .orderedDictionary([("model", .int(1)), ("w", .tensor(Self.zeros([2])))]), to: path)
        let weights = try Checkpoint.open(path).stateDict()
        #expect(weights.key == "")
        #expect(weights.names == ["w"])
        #expect(weights.extras.map(\.name) == ["model"])
    }

    @Test func aFileWithoutTensorsHasNoStateDict() throws {
        let folder = try ScratchFolder()
        let path = folder.file("t.pth")
        try PyTorchZipWriter.write(.dictionary([("epoch", .int(1))]), to: path)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path).stateDict() }
        #expect(error?.code == .notFound)
    }

    @Test func everythingThatDoesNotFitIsListedWithTheNearestName() {
        let weights = Self.dict([
            ("conv1.wieght", [8]), ("net.fc.bias", [2]), ("bn.weight", [4]), ("a", [1]), ("b", [1]), ("c", [1]),
        ])
        let report = weights.bind(to: [
            TensorSpec(name: "conv1.weight", shape: [8]), TensorSpec(name: "fc.bias", shape: [2]),
            TensorSpec(name: "bn.weight", shape: [8]),
        ]).report
        #expect(
            report.lines(limit: 3) == [
                "  missing: conv1.weight, 8; 'conv1.wieght' in the file is most like it",
                "  missing: fc.bias, 2; 'net.fc.bias' in the file is most like it",
                "  unexpected: conv1.wieght, 8; 'conv1.weight' of the network is most like it",
                "  unexpected: net.fc.bias, 2; 'fc.bias' of the network is most like it", "  unexpected: a, 1",
                "  … and 2 more", "  another shape: bn.weight is 4, the network's is 8",
            ])
    }

    @Test func fittingTensorsAreBoundAndTheRestReported() {
        let weights = Self.dict([
            ("conv1.weight", [8, 3, 3, 3]), ("backbone.fc.weight", [10, 8]), ("bn.weight", [4]), ("extra", [1]),
        ])
        let (tensors, report) = weights.bind(to: [
            TensorSpec(name: "conv1.weight", shape: [8, 3, 3, 3]), TensorSpec(name: "bn.weight", shape: [8]),
            TensorSpec(name: "fc.weight", shape: [10, 8]), TensorSpec(name: "fc.bias", shape: [10]),
            TensorSpec(name: "bn.num_batches_tracked", shape: [], isOptional: true),
        ])
        #expect(tensors.keys.sorted() == ["conv1.weight"])
        #expect(!report.isClean && !report.isComplete)
        #expect(report.missing.map(\.name) == ["fc.weight", "fc.bias"])
        #expect(report.missing.map(\.nearest) == ["backbone.fc.weight", nil])
        #expect(report.unexpected.map(\.nearest) == ["fc.weight", nil])
        #expect(
            report.description == """
                Missing key(s) in state_dict: "fc.weight", "fc.bias".
                Unexpected key(s) in state_dict: "backbone.fc.weight", "extra".
                size mismatch for bn.weight: copying a param with shape torch.Size([4]) from checkpoint, the shape in \
                current model is torch.Size([8]).
                'fc.weight' may be called 'backbone.fc.weight' there.
                """)
    }

    @Test func aReportWithoutFindingsIsClean() {
        let (tensors, report) = Self.dict([("a", [2])]).bind(to: [TensorSpec(name: "a", shape: [2])])
        #expect(tensors.count == 1)
        #expect(report.isClean)
        #expect(report.description == "")
    }
}
