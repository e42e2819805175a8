import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct ConversionOptionTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func convert(
        _ fixture: String, _ name: String, _ change: (inout ConversionOptions) throws -> Void
    ) throws -> (checkpoint: Checkpoint, report: ConversionReport) {
        var options = ConversionOptions()
        try change(&options)
        let target = folder.file(name)
        let report = try Conversion.run(
            try Checkpoint.open(Fixtures.file(fixture)), to: target, as: try #require(.init(extensionOf: target)),
            options: options)
        return (try Checkpoint.open(report.files[0]), report)
    }

    @Test("element types are rounded", arguments: [DType.float16, .bfloat16, .float32])
    func dtype(dtype: DType) throws {
        let result = try convert("state-dict.pth", "a.safetensors") { $0.dtype = dtype }
        let floats = result.checkpoint.tensors.filter { $0.dtype.isFloatingPoint }
        #expect(floats.allSatisfy { $0.dtype == dtype })
        #expect(result.checkpoint.tensors.contains { $0.dtype == .int64 })
        #expect(result.report.castCount == (dtype == .float32 ? 0 : floats.count))
        #expect(result.report.warnings.isEmpty == (dtype != .float32))
    }

    @Test func aTrainingCheckpointBecomesItsNetwork() throws {
        let result = try convert("training.pth", "a.safetensors") { $0.strippedPrefixes = ["module."] }
        #expect(result.checkpoint.tensors.contains { $0.name == "0.weight" })
        #expect(!result.checkpoint.tensors.contains { $0.name.contains("momentum") })
        #expect(result.checkpoint.root["__metadata__"]?["arch"]?.stringValue == "resnet20")
        #expect(result.report.warnings.contains { $0.contains("outside 'state_dict'") })
    }

    @Test func theOptimizerIsDropped() throws {
        let result = try convert("training.pth", "a.pth") { $0.dropsOptimizer = true }
        #expect(result.checkpoint.root["optimizer"] == nil)
        #expect(result.checkpoint.root["epoch"]?.intValue == 7)
    }

    @Test func namesAreChosenAndChanged() throws {
        let result = try convert("state-dict.pth", "a.npz") {
            $0.includes = [Glob("bn.*")]
            $0.excludes = [Glob("*tracked")]
            $0.renames = [try RenameRule(parsing: "^1\\.=>bn.")]
        }
        #expect(
            result.checkpoint.tensors.map(\.name).sorted() == [
                "bn.bias", "bn.running_mean", "bn.running_var", "bn.weight",
            ])
    }

    @Test func twoTensorsOfOneNewNameAreRefused() throws {
        let error = #expect(throws: CheckpointError.self) {
            try convert("state-dict.pth", "a.npz") { $0.renames = [try RenameRule(parsing: "^[01]\\.=>")] }
        }
        #expect(error?.code == .badRequest)
        #expect(try folder.contents() == [])
    }

    @Test func convolutionsGetTheirChannelsLast() throws {
        let weight = Tensor((0..<24).map(Float.init), shape: [2, 3, 2, 2])
        try PyTorchZipWriter.write(.dictionary([("w", .tensor(weight))]), to: folder.file("conv.pth"))
        var options = ConversionOptions()
        options.isChannelsLast = true
        let report = try Conversion.run(
            try Checkpoint.open(folder.file("conv.pth")), to: folder.file("mlx.safetensors"), as: .safetensors,
            options: options)
        let moved = try Checkpoint.open(report.files[0]).tensor(named: "w")
        #expect(moved.shape == [2, 2, 2, 3])
        // Element (o, h, w, i) is element (o, i, h, w) of the source.
        #expect(try moved.float32Values().prefix(6) == [0, 4, 8, 1, 5, 9])
        #expect(report.movedCount == 1)
    }

    @Test func aLargeCheckpointBecomesShards() throws {
        let result = try convert("state-dict.pth", "m.safetensors") { $0.largestShard = 16 }
        let names = result.report.files.compactMap { $0.lastComponent?.string }
        #expect(names.count > 2)
        #expect(names.first == "m-00001-of-0000\(names.count - 1).safetensors")
        #expect(names.last == "m.safetensors.index.json")
        #expect(try folder.contents() == names.sorted())
        let index = String(decoding: try Fixtures.bytes(folder.file("m.safetensors.index.json")), as: UTF8.self)
        #expect(index.contains("\"weight_map\":{"))
        var found: [String] = []
        for file in result.report.files.dropLast() { found += try Checkpoint.open(file).tensors.map(\.name) }
        #expect(found.sorted() == (try Checkpoint.open(Fixtures.file("state-dict.pth")).tensors.map(\.name).sorted()))
    }

    @Test(
        "of a pickled module the state dict is written, and what else is lost is said",
        arguments: ["a.pth", "a.safetensors"])
    func moduleInATrainingCheckpoint(target: String) throws {
        let result = try convert("whole-module.pth", target) { _ in }
        let names = Set(result.checkpoint.tensors.map(\.name))
        let expected = ["body.conv.weight", "body.bn.num_batches_tracked", "head.weight"]
        #expect(names.isSuperset(of: expected.map { "model." + $0 }))
        let warnings = result.report.warnings
        #expect(warnings.contains { $0.hasPrefix("1 tensor inside instances") && $0.contains("model.body.k") })
        #expect(!warnings.contains { $0.contains("not written: model") })
        let isSaid = warnings.contains {
            $0.hasPrefix("model: of an instance of torch.nn.modules.container.Sequential")
        }
        #expect(isSaid == (target == "a.pth"))
    }

    @Test func whatZooCannotReadIsSaidToBeMissing() throws {
        let result = try convert("partly.npz", "a.safetensors") { _ in }
        #expect(result.checkpoint.tensors.map(\.name) == ["read"])
        #expect(
            result.report.warnings.contains {
                $0.hasPrefix("2 tensors that zoo cannot read are not written (records: ")
            })
    }

    @Test("quantised tensors are refused", arguments: ["quantised.pth", "packed.pth"])
    func quantised(name: String) throws {
        for target in ["a.pth", "a.safetensors", "a.npz"] {
            let error = #expect(throws: CheckpointError.self) { try convert(name, target) { _ in } }
            #expect(error?.code == .unsupported)
            #expect(error?.message.hasPrefix("a quantised tensor is not written") == true, "\(target)")
        }
    }

    @Test func pairsOfNarrowNumbersGoBothWays() throws {
        let there = try convert("pairs.safetensors", "a.pth") { _ in }
        #expect(there.checkpoint.tensors.first?.dtype == .float4E2M1FNx2)
        let report = try Conversion.run(there.checkpoint, to: folder.file("b.safetensors"), as: .safetensors)
        let back = try #require(try Checkpoint.open(report.files[0]).tensors.first)
        #expect((back.dtype, back.shape) == (.float4E2M1FNx2, [2, 2]))
    }
}
