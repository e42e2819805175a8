import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing
import ZooCore

@Suite("a fetch that is stopped goes on where it was", .slow, .timeLimit(.minutes(4)))
struct InterruptedFetchTests {
    static let content: [UInt8] = {
        var generator = SeededGenerator(seed: 3)
        let words = (0..<500_000).map { _ in generator.next() }
        return [UInt8](copying: words.rawSpan)
    }()

    /// Honours `Range`; to each of the first `stallCount` requests it sends 1.2 MB and then nothing, so that there is
    /// time to stop the client however slow the machine is.
    static func server(stallCount: Int) throws -> LoopbackServer {
        try LoopbackServer { request in
            let start = min(request.offset, content.count)
            let range = start > 0 ? "Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)\r\n" : ""
            let status = start > 0 ? "206 Partial Content" : "200 OK"
            let head =
                "HTTP/1.1 \(status)\r\nContent-Length: \(content.count - start)\r\nETag: \"1\"\r\n\(range)"
                + "Connection: close\r\n\r\n"
            guard request.index < stallCount else { return [.text(head), .bytes(Array(content[start...]))] }
            let part = content[start..<min(start + 1_200_000, content.count)]
            return [.text(head), .bytes(Array(part)), .pause(seconds: LoopbackServer.lifetime)]
        }
    }

    /// How many bytes of the download are in the cache, under whatever name.
    static func downloadedByteCount(in folder: FilePath) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        let sizes = names.filter { $0.hasSuffix(".partial") }.map { name in
            (try? FileManager.default.attributesOfItem(atPath: folder.appending(name).string)[.size] as? Int) ?? 0
        }
        return sizes.max() ?? 0
    }

    @Test(
        "the exit code says what happened, nothing is published, the next run finishes it",
        arguments: [(Signal.kill, 137), (.terminate, 130), (.interrupt, 130)] as [(Signal, Int32)])
    func stopped(signal: Signal, status: Int32) async throws {
        let server = try Self.server(stallCount: 3)
        let zoo = try ZooProcess()
        let digest = SHA256.digest(of: Self.content.rawSpan).hex
        let command = ["fetch", server.url("/weights.pth"), "--sha256", digest]
        let folder = zoo.checkpoints
        for _ in 1...3 {
            // Not before it has written something of its own: by then it listens to signals.
            let before = Self.downloadedByteCount(in: folder)
            let outcome = try await zoo.run(command, stoppedBy: signal) {
                Self.downloadedByteCount(in: folder) >= before + 400_000
            }
            #expect(outcome.status == status, "\(outcome.errors)")
            let left = try FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string)
            #expect(!left.contains("weights.pth"))
        }
        let finished = try await zoo.run(command)
        #expect(finished.status == 0, "\(finished.errors)")
        let file = try Data(contentsOf: URL(fileURLWithPath: zoo.checkpoints.appending("weights.pth").string))
        #expect(file == Data(Self.content))
        let names = try FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string)
        #expect(names.filter { !$0.hasPrefix(".") }.sorted() == ["CACHEDIR.TAG", "weights.pth"])
        #expect(server.requests.count { $0.offset > 0 } >= 1, "it was resumed, not begun again")
        // The server counts what it handed to the system, some of which a killed client never saw.
        #expect(server.sentByteCount < Self.content.count + 3 * (1 << 20))
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aFullDiskIsSaid() async throws {
        let server = try Self.server(stallCount: 0)
        var zoo = try ZooProcess()
        let disk = try Mount(byteCount: 2 << 20)
        zoo.environment["TORCH_HOME"] = disk.path.string
        let outcome = try await zoo("fetch", server.url("/weights.pth"))
        #expect(outcome.status == 6)
        #expect(outcome.errors.contains("are free; free some"), "\(outcome.errors)")
    }

    @Test func aLimitOnTheLengthOfFilesIsSaidAndLosesNothing() async throws {
        let server = try Self.server(stallCount: 0)
        let zoo = try ZooProcess()
        let command = ["fetch", server.url("/weights.pth"), "--sha256", SHA256.digest(of: Self.content.rawSpan).hex]
        let outcome = try await zoo.run(command, fileLimit: 4096)
        #expect(outcome.status == 6, "\(outcome.errors)")
        #expect(outcome.errors.contains("larger than the limit of this process or its file system; raise it"))
        #expect(Self.downloadedByteCount(in: zoo.checkpoints) > 1_000_000)
        let finished = try await zoo.run(command)
        #expect(finished.status == 0 && finished.errors.contains("resumed at"), "\(finished.errors)")
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aFullDiskLeavesNoHalfCheckpoint() async throws {
        let zoo = try ZooProcess()
        let disk = try Mount(byteCount: 256 << 10)
        let outcome = try await zoo(
            "finetune", Fixture.file("shapes/data").string, "--model", "resnet14-shapes", "--head-only", "--epochs",
            "1", "-o", disk.path.appending("model.pth").string)
        #expect(outcome.status == 6, "\(outcome.errors)")
        // What was written down of the run may stay; it fitted.
        let left = try FileManager.default.contentsOfDirectory(atPath: disk.path.string)
        #expect(left.allSatisfy { $0 == "model.run" }, "\(left)")
    }
}
