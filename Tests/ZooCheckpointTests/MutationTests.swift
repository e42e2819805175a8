import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Damaged copies of every fixture: whatever is changed, reading ends with values or an error.
@Suite(.slow) struct MutationTests {
    /// Numbers that look random and are the same every time.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(sides, 1)))
        }
    }

    @Test("no mutation traps or hangs", .timeLimit(.minutes(1)), arguments: FixtureTests.names)
    func mutations(name: String) throws {
        let original = Self.withoutChecksums(try Fixtures.bytes(Fixtures.file(name)))
        let folder = try ScratchFolder()
        var dice = Dice(state: 0x2545_f491_4f6c_dd1d &+ UInt64(original.count))
        for _ in 0..<200 {
            let path = try folder.write(Self.mutate(original, &dice), to: "m.pth")
            let file = try MappedFile(path)
            _ = CheckpointStructure.defect(in: file)
            do throws(CheckpointError) {
                let checkpoint = try Checkpoint.open(path)
                for entry in checkpoint.tensors.prefix(50) {
                    // Writing out what a mutation expanded would only cost time.
                    if entry.layout.byteCount > 1 << 20 { continue }
                    _ = try checkpoint.tensor(entry).digest()
                }
                _ = try? checkpoint.stateDict()
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    /// Zeros the CRC-32 of every entry, so that mutations reach the pickle and the storages.
    private static func withoutChecksums(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for place in 0..<max(0, bytes.count - 46) where bytes[place..<place + 4].elementsEqual([0x50, 0x4b, 1, 2]) {
            for offset in 16..<20 { bytes[place + offset] = 0 }
        }
        return bytes
    }

    private static func mutate(_ original: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = original
        for _ in 0...dice.roll(4) {
            guard !bytes.isEmpty else { return bytes }
            let place = dice.roll(bytes.count)
            switch dice.roll(6) {
            case 0: bytes[place] = UInt8(dice.roll(256))
            case 1: bytes[place] ^= 1 << UInt8(dice.roll(8))
            case 2: bytes[place] = [0, 0x7f, 0x80, 0xff][dice.roll(4)]
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + dice.roll(8)))
            case 4: bytes.insert(contentsOf: (0...dice.roll(8)).map { _ in UInt8(dice.roll(256)) }, at: place)
            default:
                let run = Array(bytes[place..<min(bytes.count, place + 1 + dice.roll(32))])
                bytes.insert(contentsOf: run, at: dice.roll(bytes.count))
            }
        }
        if dice.roll(10) == 0 { bytes.removeLast(dice.roll(bytes.count + 1)) }
        return bytes
    }
}
