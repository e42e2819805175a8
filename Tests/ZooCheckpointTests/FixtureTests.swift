import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Small files that PyTorch wrote (fixtures/generators/checkpoints.py).
@Suite struct FixtureTests {
    static let names = [
        "dtypes-big-endian.pth", "dtypes-deflated.pth", "dtypes-legacy.pth", "dtypes-old.pth", "dtypes.pth",
        "legacy-views.pth", "mixed.pth", "module.pth", "parameters.pth", "protocol1.pth",
        "protocol3.pth", "protocol4.pth", "protocol5.pth", "state-dict.pth", "tensor.pth", "training-legacy.pth",
        "training.pth",
        "views-legacy.pth", "views.pth",
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

    @Test func aPickledModuleIsNoStateDict() throws {
        let checkpoint = try Checkpoint.open(Fixtures.file("module.pth"))
        #expect(checkpoint.hiddenTensorCount == 2)
        #expect(throws: CheckpointError.self) { try checkpoint.stateDict() }
        guard case .object(let module) = checkpoint.root else { Issue.record("no object"); return }
        #expect(module.name == "__main__.Net")
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
