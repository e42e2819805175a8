import TestSupport
import Testing
import ZooCore
import ZooTensor

@testable import ZooCheckpoint

@Suite("integers become float32") struct DequantisationTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func converted(_ source: Checkpoint, _ name: String) throws -> (Checkpoint, ConversionReport) {
        var options = ConversionOptions()
        options.dequantises = true
        let target = folder.file(name)
        let report = try Conversion.run(
            source, to: target, as: try #require(.init(extensionOf: target)), options: options)
        return (try Checkpoint.open(report.files[0]), report)
    }

    private func values(_ checkpoint: Checkpoint, _ name: String) throws -> [Float] {
        let entry = try #require(checkpoint.tensors.first { $0.name == name }, "\(name)")
        #expect(entry.dtype == .float32)
        return try checkpoint.tensor(entry).float32Values()
    }

    @Test("what PyTorch quantised is what dequantize() gives", arguments: ["a.pth", "a.safetensors", "a.npz"])
    func pytorch(target: String) throws {
        let (checkpoint, report) = try converted(try Checkpoint.open(Fixtures.file("quantised.pth")), target)
        // torch 2.13: tensor.dequantize().flatten().tolist()
        let row: [Float] = [-1, -0.6000000238418579, -0.20000000298023224, 0.20000000298023224, 0.6000000238418579, 1]
        let least: Float = -0.10000000149011612
        #expect(try values(checkpoint, "qint8") == row)
        #expect(try values(checkpoint, "qint32") == row)
        #expect(try values(checkpoint, "channels") == row)
        #expect(try values(checkpoint, "quint8") == [least, least, least] + row[3...])
        #expect(try values(checkpoint, "view") == [row[0], row[3], row[1], row[4], row[2], row[5]])
        #expect(checkpoint.tensors.count == 5, "scales and zero points are taken up")
        #expect(!report.warnings.contains { $0.contains("--dequantize") })
    }

    private func source(_ pairs: [(name: String, tensor: Tensor)]) throws -> Checkpoint {
        let path = folder.file("source.safetensors")
        try SafetensorsWriter.write(pairs, metadata: [:], to: path)
        return try Checkpoint.open(path)
    }

    private func integers(_ values: [Int8], _ shape: Shape) throws -> Tensor {
        try Tensor(layout: TensorLayout(contiguous: .int8, shape), storage: Storage(copying: values.rawSpan))
    }

    @Test func rowsAreMultipliedByTheirScales() throws {
        let source = try source([
            ("conv.weight", try integers([1, -2, 3, 127, 0, -127], [2, 3])),
            ("conv.weight_scale", Tensor([0.5, 2] as [Float], shape: [2])),
            ("conv.bias", Tensor([7] as [Float], shape: [1])),
        ])
        for target in ["a.pth", "a.safetensors", "a.npz"] {
            let (checkpoint, _) = try converted(source, target)
            #expect(try values(checkpoint, "conv.weight") == [0.5, -1, 1.5, 254, 0, -254])
            let names = checkpoint.tensors.map(\.name).sorted()
            #expect(names == ["conv.bias", "conv.weight"])
        }
        // The same for those who load the state dict.
        let states = try source.stateDict()
        #expect(states.quantisedNames == ["conv.weight"])
        let plain = states.dequantised()
        #expect(plain.names.sorted() == ["conv.bias", "conv.weight"])
        #expect(try plain["conv.weight"]?.float32Values() == [0.5, -1, 1.5, 254, 0, -254])
    }

    @Test("what only looks like integers with scales stays", arguments: ["length", "type", "none", "float"])
    func lookalikes(defect: String) throws {
        let scale =
            switch defect {
            case "length": Tensor([0.5, 2, 3] as [Float], shape: [3])
            case "type": Tensor([1, 2] as [Int64], shape: [2])
            default: Tensor([0.5, 2] as [Float], shape: [2])
            }
        let weight = try integers([1, 2, 3, 4], [2, 2])
        let source = try source([
            ("w", defect == "float" ? Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]) : weight),
            (defect == "none" ? "other_scale" : "w_scale", scale),
        ])
        let (checkpoint, report) = try converted(source, "a.safetensors")
        let types = { (file: Checkpoint) in file.tensors.map(\.dtype.name).sorted() }
        #expect(types(checkpoint) == types(source))
        #expect(report.warnings.contains("--dequantize: there are no integers with scales"))
        #expect(try source.stateDict().dequantised().names == source.stateDict().names)
    }
}
