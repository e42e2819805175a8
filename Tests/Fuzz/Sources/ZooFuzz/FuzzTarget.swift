import Foundation
import SystemPackage
import ZooArchive
import ZooCheckpoint
import ZooCore
import ZooImage
import ZooPickle
import ZooRegistry

@testable import ZooFetch

/// The readers, each fed with any bytes at all. What they must do is end: with values or with their error.
enum FuzzTarget: String, CaseIterable {
    case zip, pickle, checkpoint, scan, image, registry, http

    /// The one that `ZOO_FUZZ_TARGET` names.
    static let chosen: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["ZOO_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            FileHandle.standardError.write(Data("ZOO_FUZZ_TARGET must be one of: \(names)\n".utf8))
            exit(2)
        }
        return target
    }()

    func run(_ bytes: [UInt8]) throws {
        switch self {
        case .zip: try Self.zip(bytes)
        case .pickle: try Self.pickle(bytes)
        case .checkpoint: try Self.checkpoint(InputFile.holding(bytes))
        case .scan: _ = FileScanner.scan(try MappedFile(InputFile.holding(bytes))) { _ in }
        case .image: _ = try ImageDecoder.decode(bytes.rawSpan, path: "input")
        case .registry: _ = try Registry.decode(bytes.rawSpan, source: "input")
        case .http: Self.http(bytes)
        }
    }

    private static func zip(_ bytes: [UInt8]) throws {
        _ = ZipRecovery(reading: bytes.rawSpan)
        let directory = try ZipDirectory(reading: bytes.rawSpan)
        for entry in directory.entries {
            try? entry.verify(in: bytes.rawSpan)
            let contents = try entry.contents(in: bytes.rawSpan, largest: 1 << 22)
            precondition(contents.count == entry.byteCount, "a member of another size than its directory says")
        }
    }

    private static func pickle(_ bytes: [UInt8]) throws {
        PickleTrace.lines(bytes.rawSpan) { _ in }
        let scan = PickleScanner.scan(bytes.rawSpan)
        let document = try PickleMachine.read(bytes.rawSpan)
        precondition(scan.isComplete, "the strict reader takes what the scan cannot follow")
        precondition(scan.byteCount == document.byteCount, "reader and scan see two pickles")
        let imports = Set(scan.findings.filter { $0.kind == .import }.map(\.subject))
        for global in document.globals {
            precondition(imports.contains(global.module + "." + global.name), "the scan missed an import")
        }
    }

    private static func checkpoint(_ path: FilePath) throws {
        _ = CheckpointStructure.defect(in: try MappedFile(path))
        let checkpoint = try Checkpoint.open(path)
        for entry in checkpoint.tensors.prefix(20) where entry.layout.byteCount < 1 << 18 {
            _ = try? checkpoint.tensor(entry).digest()
        }
        _ = try? checkpoint.stateDict()
    }

    private static func http(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard let first = lines.first, var head = ResponseHead(statusLine: first) else { return }
        for line in lines.dropFirst() { head.add(line: line) }
        _ = (head.isPlain, head.reliableLastModified)
    }
}

/// One file in memory, written anew for each input, because checkpoints are mapped.
enum InputFile {
    private static let path = FilePath("/dev/shm/zoo-fuzz-\(getpid())")

    static func holding(_ bytes: [UInt8]) throws -> FilePath {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(bytes) }
        return path
    }
}

/// The program: libFuzzer with the chosen reader.
@main struct Fuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            runLibFuzzer(&count, &arguments) { start, count in
                try? FuzzTarget.chosen.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
                return 0
            })
    }
}

/// libFuzzer's own main; it has no header.
@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
