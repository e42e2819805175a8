import SystemPackage
import TestSupport
import ZooCheckpoint

/// Builds legacy checkpoints of textual pickles (protocol 0), right ones and wrong ones.
struct LegacyBytes {
    var magic = "L119547037146038801333356L\n."
    var version = "I1001\n."
    var facts = "(d."
    var object = ""
    var keys = "(lS'7'\na."
    /// The count before the storage, and its elements.
    var count: Int64 = 4
    var values: [Float] = [1, 2, 3, 4]
    /// Cut from the end.
    var missing = 0

    init(_ object: String) {
        self.object = object
    }

    /// `_rebuild_tensor(storage 7 of 4 floats, offset, sizes, strides)`.
    static func tensor(
        storage: String = "S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI4\nN", offset: Int = 0,
        sizes: [Int] = [2, 2], strides: [Int] = [2, 1]
    ) -> String {
        func tuple(_ numbers: [Int]) -> String { "(" + numbers.map { "I\($0)\n" }.joined() + "t" }
        return "ctorch._utils\n_rebuild_tensor\n((\(storage)tQI\(offset)\n\(tuple(sizes))\(tuple(strides))tR"
    }

    var bytes: [UInt8] {
        var result = Array((magic + version + facts + object + "." + keys).utf8)
        for shift in stride(from: 0, to: 64, by: 8) { result.append(UInt8(truncatingIfNeeded: count >> Int64(shift))) }
        for value in values {
            for shift in stride(from: 0, to: 32, by: 8) {
                result.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift)))
            }
        }
        return Array(result.dropLast(missing))
    }

    func open(in folder: ScratchFolder) throws -> Checkpoint {
        try Checkpoint.open(try folder.write(bytes, to: "legacy.pth"))
    }
}
