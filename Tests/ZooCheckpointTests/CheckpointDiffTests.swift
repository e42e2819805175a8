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

    @Test("a checkpoint is like itself, as far as it is read", arguments: FixtureTests.names)
    func same(name: String) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file(name))
        let difference = try CheckpointDiff(checkpoint, checkpoint)
        #expect(difference.isEmpty)
        #expect(difference.sameCount == checkpoint.tensors.count)
        #expect(difference.uncompared.count == checkpoint.unread.count + checkpoint.hiddenTensorCount)
        #expect(difference.uncompared.allSatisfy { $0.side == .both && !$0.isAlone })
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
        #expect(difference.parts.left == "state_dict")
        // The rest of the training checkpoint is in it only.
        #expect(difference.onlyLeft.allSatisfy { !$0.name.hasPrefix("state_dict.") })
        #expect(difference.onlyLeft.count == training.tensors.count - difference.sameCount)
        #expect(difference.changed.isEmpty && difference.onlyRight.isEmpty && difference.renamed.isEmpty)
    }

    /// A legacy file of `object`, whose only storage holds 1, 2, 3, 4 as float32, or their bits as integers.
    private func legacy(_ name: String, _ object: String) throws -> Checkpoint {
        try Checkpoint.open(try folder.write(LegacyBytes(object).bytes, to: name))
    }

    @Test func tensorsOfAnotherDescriptionAreDifferent() throws {
        func quantised(_ scale: String) -> String {
            "ctorch._utils\n_rebuild_qtensor\n("
                + "(S'storage'\nctorch\nQInt32Storage\nS'7'\nS'cpu'\nI4\nNtQI0\n(I4\nt(I1\n"
                + "t(ctorch\nper_tensor_affine\nF\(scale)\nI0\ntI00\nNtR"
        }
        func sparse(_ size: Int) -> String {
            "ctorch._utils\n_rebuild_sparse_tensor\n(ctorch\nsparse_coo\n("
                + LegacyBytes.tensor() + LegacyBytes.tensor() + "(I\(size)\nI9\ntttR"
        }
        let left = try legacy("l.pth", "(dS'q'\n\(quantised("0.5"))sS's'\n\(quantised("0.5"))s")
        let right = try legacy("r.pth", "(dS'q'\n\(quantised("0.5"))sS's'\n\(quantised("0.25"))s")
        let scales = try CheckpointDiff(left, right)
        #expect(!scales.isEmpty)
        #expect(scales.redescribed.map(\.name) == ["s"])
        #expect(scales.redescribed.first?.right == "quantised with scale 0.25, zero point 0")
        let sizes = try CheckpointDiff(legacy("l.pth", sparse(8)), legacy("r.pth", sparse(9)))
        #expect(
            sizes.redescribed.map { [$0.name, $0.left, $0.right] } == [
                ["", "torch.sparse_coo of size 8×9", "torch.sparse_coo of size 9×9"]
            ])
    }

    @Test("names that come twice are compared in order")
    func repeatedNames() throws {
        func twice(_ first: Int, _ second: Int) -> String {
            func one(_ offset: Int) -> String { LegacyBytes.tensor(offset: offset, sizes: [1], strides: [1]) }
            return "(dS'a.b'\n\(one(first))sS'a'\n(dS'b'\n\(one(second))ss"
        }
        let left = try legacy("l.pth", twice(0, 0))
        #expect(left.tensors.map(\.name) == ["a.b", "a.b"])
        #expect(try CheckpointDiff(left, try legacy("same.pth", twice(0, 0))).isEmpty)
        #expect(try CheckpointDiff(left, try legacy("r.pth", twice(0, 1))).changed.map(\.name) == ["a.b"])
        let once = try legacy("once.pth", "(dS'a.b'\n\(LegacyBytes.tensor(sizes: [1], strides: [1]))s")
        #expect(try CheckpointDiff(left, once).onlyLeft.map(\.name) == ["a.b"])
        #expect(try CheckpointDiff(once, left).onlyRight.map(\.name) == ["a.b"])
    }

    @Test func aTensorWithoutValuesIsLikeAnotherWithoutValuesOnly() throws {
        func meta(_ size: Int) -> String {
            "(dS'w'\nctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\n(I\(size)\nt(I1\ntI00\ntRs"
        }
        func without(_ object: String) throws -> Checkpoint {
            var bytes = LegacyBytes(object)
            bytes.keys = "(l."
            bytes.values = []
            return try Checkpoint.open(
                try folder.write(Array(bytes.bytes.dropLast(8)), to: "\(object.utf8.count)-\(object.hashValue).pth"))
        }
        let (four, five) = (try without(meta(4)), try without(meta(5)))
        #expect(try CheckpointDiff(four, try without(meta(4))).isEmpty)
        #expect(try CheckpointDiff(four, five).changed.map(\.name) == ["w"])
        let real = try legacy("r.pth", "(dS'w'\n\(LegacyBytes.tensor(sizes: [4], strides: [1]))s")
        let difference = try CheckpointDiff(four, real)
        #expect(difference.isEmpty && !difference.isWhole)
        #expect(difference.uncompared.map { [$0.name, $0.side.rawValue] } == [["w", "left"]])
    }

    @Test func tensorsInsideUnknownObjectsAreNotCompared() throws {
        let object = "(dS'w'\n\(LegacyBytes.tensor())sS'o'\ncmy\nThing\n(\(LegacyBytes.tensor())tRs"
        let difference = try CheckpointDiff(try legacy("l.pth", object), try legacy("r.pth", object))
        #expect(difference.isEmpty && !difference.isWhole && difference.sameCount == 1)
        #expect(difference.uncompared.map { [$0.name, $0.side.rawValue] } == [["o.0", "both"]])
        let left = try legacy("l.pth", object)
        let part = try CheckpointDiff(left, try legacy("r.pth", object.replacing("S'o'", with: "S'p'")))
        #expect(part.uncompared.map { [$0.name, $0.side.rawValue] } == [["o.0", "left"], ["p.0", "right"]])
    }
}
