import Synchronization
import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@Suite struct ConversionTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Names, types, shapes and digests, and what shares a storage with what.
    private func contents(_ checkpoint: Checkpoint) throws -> [String: String] {
        var result: [String: String] = [:]
        for entry in checkpoint.tensors {
            let tensor = try checkpoint.tensor(entry)
            result[entry.name] = "\(entry.dtype.name) \(entry.shape) \(tensor.digest().hex)"
        }
        return result
    }

    private func convert(
        _ source: FilePath, _ name: String, _ options: ConversionOptions = ConversionOptions()
    ) throws -> (checkpoint: Checkpoint, report: ConversionReport) {
        let target = folder.file(name)
        let format: ConversionFormat =
            name.hasSuffix(".old.pth") ? .torchLegacy : try #require(.init(extensionOf: target))
        let report = try Conversion.run(try Checkpoint.open(source), to: target, as: format, options: options)
        return (try Checkpoint.open(report.files[0]), report)
    }

    /// 20 MB: three parts.
    private static let largeValues: [Float] = {
        let block = (0...0xffff).map { Float($0) + 0.5 }
        var values: [Float] = []
        while values.count < 5_000_000 { values += block.prefix(5_000_000 - values.count) }
        return values
    }()

    /// A state dict of one large and one small tensor, as PyTorch's zip.
    private func largeFile() throws -> (path: FilePath, values: [Float]) {
        let values = Self.largeValues
        let path = folder.file("large.pth")
        try PyTorchZipWriter.write(
            .dictionary([
                ("w", .tensor(Tensor(values, shape: [5_000_000]))),
                ("b", .tensor(Tensor([1, 2, 3] as [Float], shape: [3]))),
            ]), to: path)
        return (path, values)
    }

    @Test(
        "to another format and back, everything is the same",
        arguments: ["state-dict.pth", "views.pth", "dtypes-old.pth", "tensor.pth", "state-dict.pth"],
        ["a.safetensors", "a.npz", "a.old.pth", "a.pth"])
    func roundTrip(name: String, middle: String) throws {
        if name == "dtypes-old.pth" && middle == "a.npz" { return }  // numpy has no bfloat16: below
        if name == "dtypes-old.pth" && middle == "a.safetensors" { return }  // which has no complex128: below
        let source = try Checkpoint.open(Fixtures.file(name))
        let there = try convert(Fixtures.file(name), middle)
        let back = try convert(there.report.files[0], "back.pth")
        let expected = try contents(source)
        // A tensor that is the whole checkpoint must have a name elsewhere.
        if name == "tensor.pth" && !middle.hasSuffix(".pth") {
            #expect(try Array(contents(back.checkpoint).values) == Array(expected.values))
        } else {
            #expect(try contents(back.checkpoint) == expected)
        }
    }

    @Test("what a format cannot hold is refused, and nothing is left", arguments: ["a.npz", "a.safetensors"])
    func unsupportedTypes(target: String) throws {
        let error = #expect(throws: CheckpointError.self) { try convert(Fixtures.file("dtypes-old.pth"), target) }
        #expect(error?.code == .unsupported)
        #expect(try folder.contents() == [])
    }

    @Test func partsOfALargeTensorAreCheckedAsOne() throws {
        let (path, values) = try largeFile()
        let result = try convert(path, "large.safetensors")
        #expect(try result.checkpoint.tensor(named: "w").float32Values() == values)
        #expect(try result.checkpoint.tensor(named: "b").float32Values() == [1, 2, 3])
    }

    @Test("a damaged source is noticed, wherever the damage is", arguments: [0.0, 0.3, 0.6, 0.99])
    func damage(place: Double) throws {
        var bytes = try Fixtures.bytes(try largeFile().path)
        bytes[1000 + Int(place * 20_000_000)] ^= 1
        let source = try folder.write(bytes, to: "damaged.pth")
        let target = try folder.write([1, 2, 3], to: "target.safetensors")
        let before = try folder.contents()
        let error = #expect(throws: CheckpointError.self) { try convert(source, "target.safetensors") }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("CRC-32") == true)
        #expect(try Fixtures.bytes(target) == [1, 2, 3])
        #expect(try folder.contents() == before)
    }

    @Test func anInterruptionLeavesNothing() throws {
        struct Stop: ZooError {
            var kind: FailureKind { .interrupted }
            var description: String { "stop" }
        }
        let source = try Checkpoint.open(try largeFile().path)
        let before = try folder.contents()
        let error = #expect(throws: CheckpointError.self) {
            try Conversion.run(source, to: folder.file("x.safetensors"), as: .safetensors) { _, _ in
                throw Stop()
            }
        }
        #expect(error?.kind == .interrupted)
        #expect(try folder.contents() == before)
    }

    @Test("progress grows to the whole", arguments: ["x.safetensors", "x.pth", "x.npz"])
    func progress(name: String) throws {
        let source = try Checkpoint.open(try largeFile().path)
        let format = try #require(ConversionFormat(extensionOf: FilePath(name)))
        let heard = Mutex<[(done: Int, total: Int)]>([])
        _ = try Conversion.run(source, to: folder.file(name), as: format) { done, total in
            heard.withLock { $0.append((done, total)) }
        }
        // Threads may speak out of turn.
        let all = heard.withLock { $0 }.sorted { $0.done < $1.done }
        let last = try #require(all.last)
        #expect(last.done == last.total && last.total > 0)
        #expect(all.allSatisfy { $0.total == last.total })
        #expect(Set(all.map(\.done)).count == all.count, "each part counts once")
    }

    @Test func sharedTensorsAreAliases() throws {
        let shared = Tensor([1, 2] as [Float], shape: [2])
        let path = folder.file("shared.pth")
        try PyTorchZipWriter.write(
            .dictionary([("a", .tensor(shared)), ("b", .tensor(shared)), ("c", .tensor(shared))]), to: path)
        let there = try convert(path, "shared.safetensors")
        #expect(there.report.aliasCount == 2)
        #expect(there.report.byteCount == 8)
        #expect(there.checkpoint.root["__metadata__"]?["b"]?.stringValue == "a")
        let back = try convert(there.report.files[0], "again.pth")
        #expect(back.checkpoint.tensors.map(\.name).sorted() == ["a", "b", "c"])
        #expect(Set(back.checkpoint.tensors.map(\.storage)).count == 1)
    }

    @Test func tensorsBeginWhereTheSystemCopiesFast() throws {
        let path = try convert(Fixtures.file("state-dict.pth"), "a.safetensors").report.files[0]
        let bytes = try Fixtures.bytes(path)
        let length = bytes[0..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        #expect((8 + length) % 8 == 0)
        let large = try convert(try largeFile().path, "large.safetensors").report.files[0]
        let header = try Fixtures.bytes(large)[0..<8].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        // Of the two the first, the small one, has 12 bytes: with the second at a multiple of 4 nothing is aligned.
        #expect((8 + header) % 64 == 0 || (8 + header + 12) % 64 == 0)
    }
}
