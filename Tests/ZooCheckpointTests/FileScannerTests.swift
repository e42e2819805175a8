import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooArchive
import ZooCheckpoint
import ZooCore
import ZooPickle

@Suite struct FileScannerTests {
    static let bad = Array(
        "\u{80}\u{2}cos\nsystem\nX\u{2}\u{0}\u{0}\u{0}id\u{85}R.".unicodeScalars.map { UInt8($0.value) })
    static let odd = Array("cmy\nNet\n)R.".utf8)
    static let good = Array("ccollections\nOrderedDict\n)R.".utf8)

    static func zip(_ members: [(String, [UInt8])]) throws -> [UInt8] {
        let folder = try ScratchFolder()
        var writer = try ZipWriter(at: folder.file("a.zip"))
        for (name, bytes) in members { try writer.append(name, bytes) }
        try writer.publish()
        return try Fixtures.bytes(folder.file("a.zip"))
    }

    /// A ustar archive.
    static func tar(_ members: [(String, [UInt8])]) -> [UInt8] {
        var result: [UInt8] = []
        for (name, bytes) in members {
            var header = [UInt8](repeating: 0, count: 512)
            header.replaceSubrange(0..<name.utf8.count, with: name.utf8)
            let size = String(bytes.count, radix: 8)
            header.replaceSubrange(124..<124 + size.utf8.count, with: size.utf8)
            header.replaceSubrange(148..<156, with: repeatElement(0x20, count: 8))
            let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
            header.replaceSubrange(148..<148 + sum.utf8.count, with: sum.utf8)
            result += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return result + [UInt8](repeating: 0, count: 1024)
    }

    static func npy(_ descr: String, _ contents: [UInt8]) -> [UInt8] {
        let header = "{'descr': \(descr), 'fortran_order': False, 'shape': (1,), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + contents
    }

    static func scan(_ bytes: [UInt8]) throws -> FileScan {
        let folder = try ScratchFolder()
        return try FileScanner.scan(try folder.write(bytes, to: "x"))
    }

    /// A file and what the scan must say of it.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: @Sendable () throws -> [UInt8]
        let verdict: FileScan.Verdict
        var place: [String]?

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "a bare pickle", bytes: { good }, verdict: .safe),
        Case(name: "bytes behind it", bytes: { good + [0xff, 0, 1, 2] }, verdict: .safe),
        Case(name: "a second pickle", bytes: { good + bad }, verdict: .dangerous),
        Case(name: "a pickle behind other bytes", bytes: { good + [0xff, 0xfe] + bad }, verdict: .dangerous),
        Case(
            name: "the name of a picture does not help",
            bytes: { Array("\u{89}PNG\n".unicodeScalars.map { UInt8($0.value) }) + bad }, verdict: .dangerous),
        Case(name: "broken off behind what is safe", bytes: { Array(good.dropLast(3)) }, verdict: .unjudged),
        Case(name: "broken off behind what is dangerous", bytes: { Array(bad.dropLast(3)) }, verdict: .dangerous),
        Case(name: "text", bytes: { Array("hello, world".utf8) }, verdict: .unjudged),
        Case(name: "nothing", bytes: { [] }, verdict: .unjudged),
        Case(name: "a web page", bytes: { Array("<!DOCTYPE html><html>".utf8) }, verdict: .unjudged),
        Case(name: "gzip", bytes: { [0x1f, 0x8b, 8, 0, 0, 0] }, verdict: .unjudged),
        Case(name: "7-Zip", bytes: { [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4] }, verdict: .unjudged),
        Case(name: "a member", bytes: { try zip([("a/data.pkl", bad)]) }, verdict: .dangerous, place: ["a/data.pkl"]),
        Case(name: "a member with no pickle's name", bytes: { try zip([("a/weights.txt", bad)]) }, verdict: .dangerous),
        Case(name: "a member of protocol 0", bytes: { try zip([("a/readme", odd)]) }, verdict: .unknown),
        Case(
            name: "numbers that begin like a pickle",
            bytes: { try zip([("a/data.pkl", good), ("a/data/0", [0x80, 2, 0x82, 1, 0xff])]) }, verdict: .safe),
        Case(name: "a pickle that is none", bytes: { try zip([("a/data.pkl", [1, 2, 3])]) }, verdict: .unjudged),
        Case(
            name: "a zip in a zip in a zip",
            bytes: { try zip([("b.zip", try zip([("c", try zip([("x", bad)]))]))]) }, verdict: .dangerous,
            place: ["b.zip", "c", "x"]),
        Case(name: "something before the zip", bytes: { [1, 2, 3] + (try zip([("x", bad)])) }, verdict: .dangerous),
        Case(name: "a pickle before the zip", bytes: { bad + (try zip([("x", good)])) }, verdict: .dangerous),
        Case(
            name: "a directory that lists another file",
            bytes: {
                var bytes = try zip([("x", bad), ("y", good)])
                // The first entry of the directory gets the name of the second.
                let place = try #require(
                    bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) && $0 < bytes.count - 100 })
                bytes[place + 46] = 0x7a
                return bytes
            }, verdict: .dangerous),
        Case(
            name: "flags that say encrypted",
            bytes: {
                var bytes = try zip([("x", bad)])
                bytes[6] |= 1
                if let place = bytes.indices.first(where: { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) }) {
                    bytes[place + 8] |= 1
                }
                return bytes
            }, verdict: .dangerous),
        Case(
            name: "a zip without its directory", bytes: { Array(try zip([("x", bad)]).dropLast(40)) },
            verdict: .dangerous),
        Case(
            name: "a zip without its directory, safe", bytes: { Array(try zip([("x", good)]).dropLast(40)) },
            verdict: .unjudged),
        Case(name: "tar", bytes: { tar([("a", [0]), ("pickle", bad)]) }, verdict: .dangerous, place: ["pickle"]),
        Case(name: "tar, safe", bytes: { tar([("a", good)]) }, verdict: .safe),
        Case(
            name: "pickles between numbers in a tar",
            bytes: { tar([("storages", [0x80, 2, 0x4b, 1, 0x2e, 0, 0, 0, 9] + bad)]) }, verdict: .dangerous),
        Case(
            name: "a tar that is cut off",
            bytes: { Array(tar([("a", good + [UInt8](repeating: 0, count: 600))]).prefix(700)) }, verdict: .unjudged),
        Case(name: "an array of numbers", bytes: { npy("'<f4'", [0, 0, 128, 63]) }, verdict: .safe),
        Case(name: "an array of objects", bytes: { npy("'|O'", bad) }, verdict: .dangerous),
        Case(name: "an array of records with objects", bytes: { npy("[('a', '|O')]", bad) }, verdict: .dangerous),
        Case(name: "an array of objects without any", bytes: { npy("'|O'", [1, 2]) }, verdict: .unjudged),
        Case(
            name: "npz", bytes: { try zip([("a.npy", npy("'|O'", odd))]) }, verdict: .unknown,
            place: ["a.npy", "array"]),
        Case(name: "safetensors", bytes: { [2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d] }, verdict: .safe),
    ]

    @Test("verdicts", arguments: cases) func verdict(_ sample: Case) throws {
        let scan = try Self.scan(try sample.bytes())
        #expect(scan.verdict == sample.verdict, "\(scan.gaps)")
        if let place = sample.place { #expect(scan.pickles.map(\.place) == [place]) }
    }

    @Test("every file of our own is safe", arguments: FixtureTests.names) func fixtures(name: String) throws {
        let scan = try FileScanner.scan(Fixtures.file(name))
        // Of arrays and safetensors only those of records hold something that might be pickles, and is none.
        let holdsPickles = ["npy", "npz", "safetensors", "dat"].allSatisfy { !name.hasSuffix($0) }
        #expect(scan.gaps.isEmpty == (name != "partly.npz"))
        #expect(scan.pickles.isEmpty != holdsPickles)
        for pickle in scan.pickles { #expect(pickle.scan.isComplete) }
    }

    @Test func allFivePicklesOfALegacyStream() throws {
        let scan = try FileScanner.scan(Fixtures.file("training-legacy.pth"))
        #expect(scan.format == "torch-legacy")
        #expect(scan.pickles.count == 5)
        #expect(scan.verdict != .dangerous)
    }

    @Test(.timeLimit(.minutes(1))) func bombs() throws {
        // Archives in archives, to any depth.
        var nested = Self.good
        for _ in 0..<20 { nested = try Self.zip([("x", nested)]) }
        #expect(try Self.scan(nested).verdict == .unjudged)
        // Bytes each of which may begin a pickle.
        let starts = [UInt8](repeatElement([0x80, 2], count: 50_000).joined())
        _ = try Self.scan(Self.good + [0xff] + starts)
    }

    @Test(
        "nothing dangerous is called safe", .enabled(if: RealData.isPresent, "\(RealData.absence)"),
        .timeLimit(.minutes(2)))
    func realFiles() throws {
        struct Expected: Decodable {
            let zoo, picklescan: String
        }
        let expected = try Fixture.json("scan/verdicts.json", as: [String: Expected].self)
        #expect(expected.count > 400)
        var found: [String: Int] = [:]
        for (name, verdict) in expected.sorted(by: { $0.key < $1.key }) {
            let scan = try FileScanner.scan(RealData.file(name))
            #expect(scan.verdict.rawValue == verdict.zoo, "\(name)")
            if verdict.picklescan == "dangerous" { #expect(scan.verdict == .dangerous, "\(name)") }
            found[scan.verdict.rawValue, default: 0] += 1
        }
        #expect(found["dangerous", default: 0] >= 97)
    }
}
