import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Small files that PyTorch wrote (fixtures/generators/checkpoints.py).
@Suite struct FixtureTests {
    static let names = [
        "all.safetensors", "array.npy", "arrays-deflated.npz", "arrays.npz", "arrays0.pkl", "arrays1.pkl",
        "arrays2.pkl", "arrays3.pkl", "arrays4.pkl", "arrays5.pkl", "bits.pth", "dtypes-big-endian.pth",
        "dtypes-deflated.pth",
        "dtypes-legacy.pth", "dtypes-old.pth", "dtypes.pth", "fortran.npy", "jagged.pth", "lazy.pth",
        "legacy-views.pth",
        "meta.pth", "mixed.pth", "module.pth", "narrow.safetensors", "nested.pth", "numbered.tar", "packed.pth",
        "pairs.safetensors",
        "parameters.pth", "partly.npz",
        "program.pt", "protocol1.pth", "protocol3.pth", "protocol4.pth", "protocol5.pth", "quantised.pth",
        "rebuilt.tar", "sparse.pth", "state-dict.pth", "tensor.pth", "tensors.pkl",
        "torchsharp-tensor.dat", "torchsharp.dat", "training-legacy.pth",
        "training.pth",
        "views-legacy.pth", "views.pth", "whole-module.pth", "wrapper.pth",
    ]

    @Test func everyFixtureIsTested() throws {
        let table = try ExpectedFile.table(Fixtures.file("expected.json"))
        #expect(table.keys.sorted() == Self.names)
    }

    @Test("tensors are those of PyTorch", arguments: names)
    func tensors(name: String) throws {
        let expected = try #require(try ExpectedFile.table(Fixtures.file("expected.json"))[name])
        let checkpoint = try Checkpoint.open(Fixtures.file(name))
        #expect(try expected.differences(from: checkpoint) == [])
        #expect(checkpoint.format.rawValue == expected.format)
        let file = try MappedFile(Fixtures.file(name))
        #expect(CheckpointStructure.defect(in: file) == nil)
    }

    @Test("views of one storage share it", arguments: ["views.pth", "views-legacy.pth", "legacy-views.pth"])
    func sharing(name: String) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file(name))
        let storages = Set(try checkpoint.tensors.map { ObjectIdentifier(try checkpoint.tensor($0).storage) })
        #expect(storages.count == 1)
    }

    @Test func layoutsAreThoseOfPyTorch() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("views.pth"))
        let layouts = Dictionary(uniqueKeysWithValues: checkpoint.tensors.map { ($0.name, $0.layout) })
        #expect(layouts["transposed"]?.strides == [1, 6])
        #expect(layouts["expanded"]?.strides == [0, 0])
        #expect(layouts["column"]?.offset == 4)
        #expect(layouts["column"]?.strides == [12, 1])
    }

    @Test(
        "plain storages are mapped, others copied",
        arguments: [("dtypes-old.pth", true), ("dtypes-deflated.pth", false)])
    func mapping(name: String, isMapped: Bool) throws {
        #expect(try Checkpoint.open(Fixtures.file(name)).tensor(named: "float32").storage.isMapped == isMapped)
    }

    @Test("a training checkpoint's other values", arguments: ["training.pth", "training-legacy.pth"])
    func values(name: String) throws {
        let root = try Checkpoint.open(Fixtures.file(name)).root
        #expect(root["epoch"]?.intValue == 7)
        #expect(root["arch"]?.stringValue == "resnet20")
        #expect(root["best_prec1"]?.doubleValue == 91.25)
        #expect(root["text"]?.stringValue == "zoö")
        #expect(root["flags"]?[0]?.boolValue == true)
        #expect(root["size"]?.arrayValue?.compactMap(\.intValue) == [2, 3])
        #expect(root["optimizer"]?["param_groups"]?[0]?["lr"]?.doubleValue == 0.1)
        guard case .bigInt("0x0100000000000000000000") = root["big"] else { Issue.record("big"); return }
        guard case .bigInt("0xc00000000000000000") = root["negative"] else { Issue.record("negative"); return }
        guard case .complex(1, -2) = root["z"] else { Issue.record("z"); return }
        guard case .bytes([0, 0xff]) = root["raw"] else { Issue.record("raw"); return }
        guard case .bytes([0x80, 0x7a]) = root["bytes"] else { Issue.record("bytes"); return }
        guard case .global("torch.float16") = root["type"] else { Issue.record("type"); return }
        guard case .object(let device) = root["device"] else { Issue.record("device"); return }
        #expect(device.name == "torch.device")
        #expect(root["counts"]?["a"]?.intValue == 2)
    }

    @Test("protocols 1 to 5", arguments: [1, 3, 4, 5])
    func protocols(version: Int) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("protocol\(version).pth"))
        #expect(checkpoint.root["n"]?.intValue == -5)
        #expect(checkpoint.root["t"]?[0]?.stringValue == "é\n")
        guard case .bytes([0xff]) = checkpoint.root["t"]?[1] else { Issue.record("bytes"); return }
        #expect(checkpoint.root["t"]?[2]?.doubleValue == 1.5)
    }

    @Test func aPickledModuleGivesItsStateDict() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("module.pth"))
        #expect(checkpoint.hiddenTensorCount == 0)
        #expect(try checkpoint.stateDict().names == ["fc.weight", "fc.bias"])
        guard case .object(let module) = checkpoint.root else { Issue.record("no object"); return }
        #expect(module.name == "__main__.Net")
    }

    @Test func aModuleInATrainingCheckpointGivesItsStateDict() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("whole-module.pth"))
        let weights = try checkpoint.stateDict()
        #expect(weights.key == "model")
        let batchNorm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map { "body.bn." + $0 }
        // As in PyTorch, a buffer that is not persistent is not in the state dict.
        #expect(weights.names == ["body.conv.weight", "body.conv.bias"] + batchNorm + ["head.weight"])
        // What the class itself keeps has no name.
        #expect(checkpoint.hiddenTensorCount == 1)
    }

    @Test func quantisedTensorsSayWhatTheirIntegersMean() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("quantised.pth"))
        let entries = Dictionary(uniqueKeysWithValues: checkpoint.tensors.map { ($0.name, $0) })
        #expect(entries["quint8"]?.quantisation == .perTensor(scale: 0.05, zeroPoint: 2))
        #expect(
            entries["channels"]?.quantisation
                == .perChannel(axis: 0, scales: "channels.scales", zeroPoints: "channels.zero_points"))
    }

    @Test func packedIntegersAreCountedAndTheirViewsNamed() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("packed.pth"))
        let entry = try #require(checkpoint.tensors.first { $0.name == "quint4x2" })
        #expect(entry.layout.byteCount == 8)  // 15 elements, two to a byte
        #expect(entry.quantisation == .perTensor(scale: 0.25, zeroPoint: 1))
        // -1 / 0.25 + 1 is clamped to 0, 1 / 0.25 + 1 is 5; the sixteenth, which is no element, is not counted.
        let statistics = try checkpoint.tensor(entry).statistics()
        #expect((statistics.count, statistics.minimum, statistics.maximum) == (15, 0, 5))
        #expect(statistics.zeroCount == 7)
        #expect(
            checkpoint.unread.map { "\($0.name): \($0.reason)" } == [
                "view: a view of quint4x2 elements, of which a byte holds several, is not read"
            ])
    }

    @Test func wrappersAreTheTensorsInThem() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("wrapper.pth"))
        guard case .global("torch.masked.maskedtensor.core.MaskedTensor") = checkpoint.root["masked"]?["class"],
            case .global("torch.float32") = checkpoint.root["masked"]?["dtype"]
        else {
            Issue.record("class and dtype")
            return
        }
        #expect(checkpoint.root["masked"]?["size"]?.arrayValue?.compactMap(\.intValue) == [3])
        // The attribute of a subclass that is a tensor itself.
        #expect(checkpoint.hiddenTensorCount == 1)
    }

    @Test func jaggedTensorsSayWhichAxisVaries() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("jagged.pth"))
        #expect(checkpoint.root["rows"]?["ragged_idx"]?.intValue == 1)
        #expect(checkpoint.root["rows"]?["lengths"] == nil)
        #expect(checkpoint.hiddenTensorCount == 0)
    }

    @Test func typesThatPyTorchLacksAreNamed() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("narrow.safetensors"))
        #expect(
            checkpoint.unread.map { "\($0.name): \($0.reason)" } == [
                "six: tensors of the type F6_E2M3 are not read: PyTorch has none",
                "other_six: tensors of the type F6_E3M2 are not read: PyTorch has none",
            ])
    }

    @Test func sparseTensorsAreTheirComponents() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("sparse.pth"))
        #expect(checkpoint.root["bsr"]?["size"]?.arrayValue?.compactMap(\.intValue) == [4, 4])
        guard case .global("torch.sparse_coo") = checkpoint.root["coo"]?["layout"] else {
            Issue.record("layout")
            return
        }
    }

    @Test func lazyBitsAreResolved() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("lazy.pth"))
        #expect(checkpoint.tensors.map(\.isConjugated) == [true, false, true])
        #expect(checkpoint.tensors.map(\.isNegated) == [false, true, true])
        #expect(try checkpoint.tensor(named: "neg").float32Values() == [-1.5, 0, -3])
    }

    @Test func metaTensorsAreDescribedAndHaveNoValues() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("meta.pth"))
        #expect(checkpoint.tensors.first?.shape == [3, 5])
        #expect(checkpoint.tensors.first?.isMeta == true)
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "described") }
        #expect(error?.message == "a tensor of the 'meta' device has a shape but no values")
    }

    @Test func whatIsNotReadIsNamed() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("partly.npz"))
        #expect(
            checkpoint.unread.map { "\($0.name): \($0.reason)" } == [
                "records: numpy arrays of records (a structured dtype) are not read",
                "text: numpy arrays of the type '<U1' are not read",
            ])
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "text") }
        #expect(error?.code == .unsupported)
    }

    @Test("pickled arrays", arguments: 0...5)
    func pickledArrays(version: Int) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("arrays\(version).pkl"))
        #expect(checkpoint.pickleProtocol == (version < 2 ? 0 : version))
        #expect(checkpoint.unread.map(\.name) == ["records"])
        #expect(checkpoint.root["scalar"]?.doubleValue == 2.5)
        #expect(checkpoint.root["deep"]?[1]?[0]?.intValue == -3)
        #expect(checkpoint.tensors.first { $0.name == "fortran" }?.layout.strides == [1, 2])
        #expect(try checkpoint.tensor(named: "w").float32Values() == [0, 1, 2, 3, 4, 5])
    }

    @Test func programsListTheirCode() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("program.pt"))
        #expect(checkpoint.producerFacts.contains { $0.name == "code" && $0.value.hasPrefix("code/__torch__/") })
        #expect(try checkpoint.stateDict().names.prefix(3).sorted() == ["fc.bias", "fc.weight", "scale"])
    }

    @Test("parts of a mapped file are not copied", arguments: ["all.safetensors", "array.npy", "numbered.tar"])
    func parts(name: String) throws {
        let checkpoint = try Checkpoint.open(Fixtures.file(name))
        for entry in checkpoint.tensors { #expect(try checkpoint.tensor(entry).storage.isMapped) }
    }

    @Test func metadataOfSafetensorsAreKept() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("all.safetensors"))
        #expect(checkpoint.root["__metadata__"]?["läuft"]?.stringValue == "é\n")
        #expect(checkpoint.pickleProtocol == nil)
    }

    @Test func tensorsOfATarShareTheirStorages() throws {
        for name in ["numbered.tar", "rebuilt.tar"] {
            let checkpoint = try Checkpoint.open(Fixtures.file(name))
            #expect(Set(checkpoint.tensors.map(\.storage)) == ["11", "12"])
            #expect(checkpoint.producerFacts.contains(ProducerFact(name: "protocol_version", value: "1000")))
        }
    }

    @Test func theMetadataOfAStateDictAreKeptAside() throws {
        let weights = try Checkpoint.open(Fixtures.file("state-dict.pth")).stateDict()
        let batchNorm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        #expect(weights.names == ["0.weight", "0.bias"] + batchNorm.map { "1." + $0 })
        #expect(weights.metadata?["1"]?["version"]?.intValue == 2)
        #expect(weights.extras.isEmpty)
    }

    @Test func aStateDictComesOutOfATrainingCheckpoint() throws {
        let weights = try Checkpoint.open(Fixtures.file("training.pth")).stateDict()
        #expect(weights.key == "state_dict")
        #expect(weights.names.first == "0.weight")
        #expect(weights.strippedPrefix == "module.")
    }
}
