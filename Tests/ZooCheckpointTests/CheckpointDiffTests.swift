import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooTensor

@Suite struct CheckpointDiffTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func file(_ name: String, _ tensors: [(String, Tensor)]) throws -> Checkpoint {
        try PyTorchZipWriter.write(.dictionary(tensors.map { ($0.0, .tensor($0.1)) }), to: folder.file(name))
        return try Checkpoint.open(folder.file(name))
    }

    private func vector(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }

    @Test("a checkpoint is like itself", arguments: ["dtypes.pth", "views.pth", "training.pth", "packed.pth"])
    func same(name: String) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file(name))
        let difference = try CheckpointDiff(checkpoint, checkpoint)
        #expect(difference.isEmpty)
        #expect(difference.sameCount == checkpoint.tensors.count)
    }

    @Test func namesShapesTypesAndValues() throws {
        let left = try file(
            "l.pth",
            [("same", vector([1])), ("values", vector([1, 2, 4])), ("shape", vector([1])), ("gone", vector([9, 8]))])
        let right = try file(
            "r.pth",
            [
                ("same", vector([1])), ("values", vector([1, 2.5, 3])), ("shape", vector([1, 1])),
                ("new", Tensor([9] as [Int64], shape: [1])),
            ])
        let difference = try CheckpointDiff(left, right)
        #expect(difference.sameCount == 1)
        #expect(difference.onlyLeft.map(\.name) == ["gone"])
        #expect(difference.onlyRight.map(\.name) == ["new"])
        #expect(difference.changed.map(\.name) == ["values", "shape"])
        let values = try #require(difference.changed.first?.values)
        #expect(values.differingCount == 2)
        #expect(values.largestAbsolute == 1)
        #expect(values.meanAbsolute == 0.5)
        #expect(difference.changed.last?.values == nil)
    }

    @Test(
        "tolerances are those of torch.allclose",
        arguments: [(0.4, 0.0, 2), (0.5, 0.0, 1), (1.0, 0.0, 0), (0.0, 0.34, 0)])
    func tolerances(absolute: Double, relative: Double, differing: Int) throws {
        let left = try file("l.pth", [("v", vector([1, 2, 4]))])
        let right = try file("r.pth", [("v", vector([1, 2.5, 3]))])
        let difference = try CheckpointDiff(left, right, absoluteTolerance: absolute, relativeTolerance: relative)
        #expect(difference.changed.first?.values?.differingCount ?? 0 == differing)
    }

    @Test func renamedTensorsAreFoundByContent() throws {
        let left = try file("l.pth", [("a.weight", vector([1, 2])), ("b.weight", vector([3, 4]))])
        let right = try file("r.pth", [("x.weight", vector([3, 4])), ("a.weight", vector([1, 2]))])
        let difference = try CheckpointDiff(left, right)
        #expect(difference.renamed.map { [$0.left, $0.right] } == [["b.weight", "x.weight"]])
        #expect(difference.onlyLeft.isEmpty && difference.onlyRight.isEmpty)
    }

    @Test func aTrainingCheckpointIsComparedWithItsWeights() throws {
        let training = try Checkpoint.open(Fixtures.file("training.pth"))
        let report = try Conversion.run(training, to: folder.file("w.safetensors"), as: .safetensors)
        let difference = try CheckpointDiff(training, try Checkpoint.open(report.files[0]))
        #expect(difference.isEmpty)
        #expect(difference.parts.left == "state_dict")
    }
}
