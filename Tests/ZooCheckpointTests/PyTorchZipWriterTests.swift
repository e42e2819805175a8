import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct PyTorchZipWriterTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func read(_ path: FilePath) throws -> [UInt8] {
        let file = try MappedFile(path)
        return [UInt8](copying: file.bytes)
    }

    @Test func aTrainedModelComesBackBitForBit() throws {
        let weight = Tensor([1, -2, .pi, .infinity, 0, .leastNonzeroMagnitude], shape: [2, 3])
        let bias = Tensor([0.5, -0.5], shape: [2])
        let path = folder.file("model.pth")
        try PyTorchZipWriter.write(
            .dictionary([
                ("state_dict", .orderedDictionary([("fc.weight", .tensor(weight)), ("fc.bias", .tensor(bias))])),
                ("arch", .string("resnet18")), ("classes", .list([.string("ants"), .string("bees")])),
                ("preprocessing", .dictionary([("mean", .list([.double(0.485)])), ("crop", .int(224)), ("x", .none)])),
                ("zoo", .tuple([.bool(true), .int(-1), .int(.max), .int(.min)])),
            ]), to: path)

        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.tensors.map(\.name) == ["state_dict.fc.weight", "state_dict.fc.bias"])
        #expect(checkpoint.root["arch"]?.stringValue == "resnet18")
        #expect(checkpoint.root["classes"]?.stringArrayValue == ["ants", "bees"])
        #expect(checkpoint.root["preprocessing"]?["mean"]?.doubleArrayValue == [0.485])
        #expect(checkpoint.root["preprocessing"]?["crop"]?.intValue == 224)
        #expect(checkpoint.root["zoo"]?.arrayValue?.compactMap(\.intValue) == [-1, .max, .min])
        let weights = try checkpoint.stateDict()
        #expect(weights["fc.weight"]?.digest() == weight.digest())
        #expect(weights["fc.bias"]?.digest() == bias.digest())
        #expect(weights["fc.weight"]?.storage.isMapped == true)
    }

    @Test("every fixture, written and read again, is the same", arguments: ["views.pth", "dtypes.pth", "training.pth"])
    func rewriting(name: String) throws {
        let source = try Checkpoint.open(Fixtures.file(name))
        let pairs = try source.tensors.map { ($0.name, SavedValue.tensor(try source.tensor($0))) }
        let path = folder.file("copy.pth")
        try PyTorchZipWriter.write(.orderedDictionary(pairs), to: path)
        let copy = try Checkpoint.open(path)
        #expect(copy.tensors.map(\.name) == source.tensors.map(\.name))
        #expect(copy.tensors.map(\.layout) == source.tensors.map(\.layout))
        #expect(Set(copy.tensors.map(\.storage)).count == Set(source.tensors.map(\.storage)).count)
        for (left, right) in zip(copy.tensors, source.tensors) {
            #expect(try copy.tensor(left).digest() == source.tensor(right).digest(), "\(left.name)")
        }
    }

    @Test func theSameValueGivesTheSameBytes() throws {
        let value: SavedValue = .dictionary([("w", .tensor(Tensor([1, 2, 3] as [Float], shape: [3])))])
        try PyTorchZipWriter.write(value, to: folder.file("a.pth"))
        try PyTorchZipWriter.write(value, to: folder.file("other-name.pth"))
        #expect(try read(folder.file("a.pth")) == read(folder.file("other-name.pth")))
    }

    @Test func twoTypesOfOneStorageStayShared() throws {
        let storage = Storage(copying: ([1, 2, 3, 4] as [Float]).rawSpan)
        let floats = try Tensor(layout: TensorLayout(contiguous: .float32, [4]), storage: storage)
        let words = try Tensor(layout: TensorLayout(contiguous: .int64, [2]), storage: storage)
        let path = folder.file("two.pth")
        try PyTorchZipWriter.write(.list([.tensor(floats), .tensor(words)]), to: path)
        let copy = try Checkpoint.open(path)
        #expect(copy.tensors.map(\.dtype) == [.float32, .int64])
        #expect(copy.tensors[0].storage == copy.tensors[1].storage)
        #expect(try copy.tensor(copy.tensors[1]).digest() == words.digest())
    }

    @Test func quantisedTensorsAreRefused() throws {
        let tensor = try Tensor(
            layout: TensorLayout(contiguous: .qint8, [4]), storage: Storage(byteCount: 4) { _ in })
        let path = folder.file("q.pth")
        let error = #expect(throws: CheckpointError.self) { try PyTorchZipWriter.write(.tensor(tensor), to: path) }
        #expect(error?.code == .unsupported)
        #expect(try folder.contents() == [])
    }

    @Test func aFolderThatIsNotThereIsTheSystemsRefusal() {
        let error = #expect(throws: CheckpointError.self) {
            try PyTorchZipWriter.write(.none, to: folder.file("missing/q.pth"))
        }
        #expect(error?.code == .file)
    }
}
