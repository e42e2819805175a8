import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Safetensors files that belong together through an index.
@Suite struct SafetensorsIndexTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    @Test("shards read back as what they were made of", arguments: ["state-dict.pth", "views.pth", "training.pth"])
    func wayBack(name: String) throws {
        let source = try Checkpoint.open(Fixtures.file(name))
        var options = ConversionOptions()
        options.largestShard = 16
        let report = try Conversion.run(source, to: folder.file("m.safetensors"), as: .safetensors, options: options)
        #expect(report.files.count > 2)
        let shards = try Checkpoint.open(report.files[report.files.count - 1])
        #expect(shards.format == .safetensors)
        let whole = try Conversion.run(source, to: folder.file("one.safetensors"), as: .safetensors)
        #expect(try CheckpointDiff(shards, try Checkpoint.open(whole.files[0])).isEmpty)
        let back = try Conversion.run(shards, to: folder.file("back.pth"), as: .torch)
        let difference = try CheckpointDiff(shards, try Checkpoint.open(back.files[0]))
        #expect(difference.isEmpty && difference.isWhole)
        #expect(difference.sameCount == report.tensorCount)
        #expect(try CheckpointStructure.defect(in: MappedFile(report.files[report.files.count - 1])) == nil)
    }

    static let one = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#

    static func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + data
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let index: String
        let code: CheckpointError.Code
        let says: String
        var testDescription: String { name }

        init(_ name: String, _ map: String, _ code: CheckpointError.Code, _ says: String) {
            self.name = name
            index = #"{"metadata":{"total_size":1},"weight_map":"# + map + "}"
            self.code = code
            self.says = says
        }
    }

    static let defects = [
        Defect("no map", "[]", .malformed, "index: the weight_map names no tensors"),
        Defect("an empty map", "{}", .malformed, "index: the weight_map names no tensors"),
        Defect("no JSON", "{", .malformed, "index: byte"),
        Defect("a number for a file", #"{"a":1}"#, .malformed, "a: the weight_map must name a file"),
        Defect("a file elsewhere", #"{"a":"../a.safetensors"}"#, .malformed, "a: the weight_map must name a file"),
        Defect("an absolute file", #"{"a":"/a.safetensors"}"#, .malformed, "a: the weight_map must name a file"),
        Defect("the folder above", #"{"a":".."}"#, .malformed, "a: the weight_map must name a file"),
        Defect("no name", #"{"a":""}"#, .malformed, "a: the weight_map must name a file"),
        Defect(
            "a missing file", #"{"a":"b.safetensors"}"#, .notFound, "b.safetensors: the index names it, and it cannot"),
        Defect("the index itself", #"{"a":"i.json"}"#, .unsupported, "i.json: it is no safetensors file"),
        Defect("a cut file", #"{"a":"cut.safetensors"}"#, .truncated, "cut.safetensors: "),
        Defect(
            "a tensor too many", #"{"a":"a.safetensors","b":"a.safetensors"}"#, .malformed, "b: the index says it is in"
        ),
        Defect(
            "a tensor too few", #"{"b":"a.safetensors"}"#, .malformed,
            "a: it is in a.safetensors, the index says nothing of it"),
        Defect(
            "a tensor in two files", #"{"a":"a.safetensors","c":"c.safetensors"}"#, .malformed,
            "a: it is in c.safetensors, the index says it is in a.safetensors"),
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        let file = Self.safetensors(Self.one, [1])
        try folder.write(file, to: "a.safetensors")
        try folder.write(file, to: "c.safetensors")
        try folder.write(Array(file.dropLast()), to: "cut.safetensors")
        let path = try folder.write(Array(defect.index.utf8), to: "i.json")
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error?.code == defect.code)
        #expect(error?.description.hasPrefix("\(path): \(defect.says)") == true, "\(error?.description ?? "")")
    }
}
