import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooTraining

@Suite("event files are TensorBoard's") struct EventFileTests {
    /// What `fixtures/generators/reports/events.py` let TensorBoard's own writer write.
    private struct Written: Decodable {
        struct Scalar: Decodable {
            let tag, value: String
        }
        let wallTime: Double
        let step: Int
        let scalars: [Scalar]

        var event: RunEvent {
            RunEvent(
                wallTime: wallTime, step: step,
                scalars: scalars.map { RunEvent.Scalar($0.tag, Float($0.value) ?? .nan) })
        }
    }

    private let scratch: ScratchFolder
    private let path: FilePath

    init() throws {
        scratch = try ScratchFolder()
        path = scratch.file(EventFile.name)
    }

    private func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    private func events(_ steps: some Sequence<Int>) -> [RunEvent] {
        steps.map { step in
            RunEvent(
                wallTime: 1_700_000_000 + Double(step) / 4, step: step,
                scalars: [.init("loss/train", 1 / Float(step + 1)), .init("loss/val", Float(step))])
        }
    }

    private func write(_ events: [RunEvent], before step: Int = .max) throws -> Int {
        var file = try EventFile(at: path, wallTime: 1_700_000_000, before: step)
        for event in events { try file.append(event) }
        return file.discardedByteCount
    }

    @Test func readsWhatTensorBoardWrote() throws {
        let expected = try Fixture.json("reports/events.json", as: [Written].self).map(\.event)
        #expect(expected.count == 4)
        #expect(try EventFile.events(of: Fixture.file("reports/events.tfevents")) == expected)
    }

    @Test func writesTheBytesThatTensorBoardWrites() throws {
        let expected = try Fixture.json("reports/events.json", as: [Written].self).map(\.event)
        _ = try write(expected)
        let theirs = try Data(contentsOf: URL(fileURLWithPath: Fixture.file("reports/events.tfevents").string))
        // The first record, the version, differs by its time and by the name of the program that wrote it.
        let records = expected.flatMap { EventRecords.record($0) }
        #expect(try bytes() == EventRecords.version(wallTime: 1_700_000_000) + records)
        #expect(Array(theirs.suffix(records.count)) == records)
    }

    @Test func appended() throws {
        #expect(try write(events(0..<3)) == 0)
        #expect(try write(events(3..<5)) == 0)
        #expect(try EventFile.events(of: path) == events(0..<5))
    }

    /// However many bytes of the last event a killed process wrote, the others stay and the next one follows them.
    @Test func anIncompleteEventIsCutOff() throws {
        _ = try write(events(0..<2))
        let whole = try bytes().count
        _ = try write(events(2..<3))
        let all = try bytes()
        for length in whole + 1..<all.count {
            try Data(all.prefix(length)).write(to: URL(fileURLWithPath: path.string))
            #expect(try EventFile.events(of: path) == events(0..<2), "\(length) bytes")
            #expect(try write(events(2..<3)) == length - whole)
            #expect(try bytes() == all)
        }
    }

    @Test func stepsThatComeAgainAreCutOff() throws {
        _ = try write(events(0..<6))
        let all = try bytes()
        var file = try EventFile(at: path, wallTime: 0, before: 4)
        let kept = file.eventCount
        for event in events(4..<6) { try file.append(event) }
        let count = file.eventCount
        #expect(kept == 4 && count == 6)
        #expect(try bytes() == all)
        #expect(try write([], before: 0) > 0)
        #expect(try EventFile.events(of: path) == [])
    }

    private func framed(_ message: [UInt8]) -> [UInt8] {
        let length = UInt64(message.count).littleEndianBytes
        return length + CRC32C.masked(length).littleEndianBytes + message + CRC32C.masked(message).littleEndianBytes
    }

    /// What can be wrong with a file.
    enum Defect: CaseIterable {
        case notAnEventFile, brokenLength, brokenMessage, brokenField, endlessNumber, unknownWireType

        var message: String {
            switch self {
            case .notAnEventFile, .brokenLength: "byte 0: the checksum of the record's length is wrong"
            case .brokenMessage: "byte 0: the checksum of the record's message is wrong"
            case .brokenField: "byte 0: the record's message ends inside a field"
            case .endlessNumber: "byte 0: the record's message has a number of more than ten bytes"
            case .unknownWireType: "byte 0: the record's message has a field of the unknown wire type 7"
            }
        }
    }

    @Test(arguments: Defect.allCases) func damagedFiles(defect: Defect) throws {
        var content = EventRecords.version(wallTime: 1)
        switch defect {
        case .notAnEventFile: content = Array("not an event file".utf8)
        case .brokenLength: content[1] ^= 1
        case .brokenMessage: content[20] ^= 1
        case .brokenField: content = framed([0x0A, 0x7F, 1])
        case .endlessNumber: content = framed([UInt8](repeating: 0xFF, count: 12))
        case .unknownWireType: content = framed([0x0F])
        }
        try scratch.write(content, to: EventFile.name)
        let attempts: [() throws -> Void] = [{ _ = try EventFile.events(of: path) }, { _ = try write([]) }]
        for attempt in attempts {
            let error = #expect(throws: TrainingError.self) { try attempt() }
            #expect(error?.code == .unreadableRun)
            #expect(error?.message.hasPrefix("\(path): \(defect.message)") == true, "\(error?.message ?? "")")
        }
        #expect(try bytes() == content, "a damaged file is left as it is")
    }

    /// No single changed bit of a file passes for a file.
    @Test func changedBitsAreFound() throws {
        _ = try write(events(0..<2))
        let good = try bytes()
        let unnoticed = try good.indices.filter { index in
            var changed = good
            changed[index] ^= UInt8(1 << (index % 8))
            try scratch.write(changed, to: EventFile.name)
            do { _ = try EventFile.events(of: path) } catch is TrainingError { return false }
            return true
        }
        #expect(unnoticed == [])
    }

    /// Messages of any bytes, with checksums that fit them, are read or refused.
    @Test func anyMessageIsReadOrRefused() throws {
        var generator = SeededGenerator(seed: 5)
        let good = EventRecords.record(events(2..<3)[0]).dropFirst(12).dropLast(4)
        var (readCount, refusedCount) = (0, 0)
        for _ in 0..<5000 {
            var message = Array(good)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: message.indices, using: &generator)
                message[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let record = framed(message)
            var reader = ByteReader(record.rawSpan)
            do {
                if try EventRecords.next(&reader, path: "any") != nil { readCount += 1 }
            } catch { refusedCount += 1 }
        }
        #expect(readCount > 100 && refusedCount > 100, "\(readCount) read, \(refusedCount) refused")
    }

    @Test(arguments: [("", 0), ("123456789", 0xE306_9283), ("a", 0xC1D0_4330)] as [(String, UInt32)])
    func checksums(text: String, expected: UInt32) {
        #expect(CRC32C.checksum(Array(text.utf8)) == expected)
    }

    @Test func aFolderThatIsNotThere() {
        let missing = scratch.path.appending("no").appending(EventFile.name)
        #expect(throws: (any Error).self) { _ = try EventFile(at: missing, wallTime: 0).eventCount }
    }
}
