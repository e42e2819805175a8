import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite(.timeLimit(.minutes(1))) struct FetcherTests {
    let fixture: FetchFixture
    let content = FetchFixture.content

    init() throws { fixture = try FetchFixture() }

    private func goodServer(etag: String? = "\"v1\"") throws -> LoopbackServer {
        let content = content
        return try LoopbackServer { LoopbackServer.serve(content, etag: etag, to: $0) }
    }

    // MARK: The normal ways

    @Test func aFileIsFetchedOnce() throws {
        let server = try goodServer()
        let first = try fixture.fetch(server.url("/a/model.pth"))
        #expect(first.isVerified && !first.wasCached)
        #expect(first.sha256 == FetchFixture.digest(content))
        #expect(first.bytesTransferred == content.count)
        #expect(try fixture.content() == content)
        #expect(try fixture.names() == ["model.pth"])
        #expect(first.path == fixture.folder.file("hub/checkpoints/model.pth"))
        #expect(server.requests.first?.headers["accept-encoding"] == "identity")

        let second = try fixture.fetch(server.url("/a/model.pth"))
        #expect(second.wasCached && second.isVerified)
        #expect(server.requests.count == 1)
    }

    @Test func forceFetchesAgain() throws {
        let server = try goodServer()
        _ = try fixture.fetch(server.url("/model.pth"))
        let again = try fixture.fetch(server.url("/model.pth"), force: true)
        #expect(!again.wasCached)
        #expect(server.requests.count == 2)
    }

    @Test func aBrokenCachedFileIsReplacedOnlyByASoundOne() throws {
        try fixture.put([1, 2, 3])
        let failing = try LoopbackServer { _ in [.text("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")] }
        #expect(throws: FetchError.self) { try fixture.fetch(failing.url("/model.pth")) }
        #expect(try fixture.content() == [1, 2, 3])
        let server = try goodServer()
        #expect(try fixture.fetch(server.url("/model.pth")).wasCached == false)
        #expect(try fixture.content() == content)
    }

    @Test func withoutAHashAFileIsAcceptedButNotVerified() throws {
        let server = try goodServer()
        let outcome = try fixture.fetch(server.url("/model.pth"), ExpectedContent())
        #expect(!outcome.isVerified)
        #expect(try fixture.fetch(server.url("/model.pth"), ExpectedContent()).isVerified == false)
        #expect(server.requests.count == 1)
    }

    @Test func theHashInTheFileNameCounts() throws {
        let server = try goodServer()
        let digest = FetchFixture.digest(content).hex
        let right = FetchRequest(url: server.url("/m-\(digest.prefix(8)).pth"))
        #expect(try fixture.fetcher.fetch(right, into: fixture.cache).isVerified)
        let wrong = FetchRequest(url: server.url("/m-00000000.pth"))
        let error = #expect(throws: FetchError.self) { try fixture.fetcher.fetch(wrong, into: fixture.cache) }
        #expect(error?.kind == .mismatch)
        #expect(error?.defect?.cause == .hashMismatch)
        #expect(try fixture.names() == ["m-\(digest.prefix(8)).pth"])
    }

    @Test func theJudgeRefusesAPageInPlaceOfACheckpoint() throws {
        struct PageJudge: StructureJudge {
            func defect(in file: MappedFile) -> FileDefect? {
                file.bytes.starts(with: Array("<html".utf8)) ? FileDefect(.html, "it is a web page") : nil
            }
        }
        let server = try LoopbackServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n<html>login</html>")]
        }
        var fixture = fixture
        fixture.fetcher.judge = PageJudge()
        for expected in [ExpectedContent(), ExpectedContent(sha256Prefix: "f37072fd")] {
            let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/x"), expected) }
            #expect(error?.kind == .mismatch)
            #expect(error?.defect?.cause == .html)
        }
        #expect(try fixture.names() == [])
    }

    @Test func redirectsAreFollowed() throws {
        let content = content
        let server = try LoopbackServer { request in
            request.target == "/old"
                ? [
                    .text(
                        "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /new\r\nETag: \"old\"\r\nContent-Length: 4\r\n\r\nmove"
                    )
                ]
                : LoopbackServer.serve(content, to: request)
        }
        #expect(try fixture.fetch(server.url("/old")).byteCount == content.count)
    }

    @Test func aFileURLIsFetchedAndChecked() throws {
        let source = try fixture.folder.write(content, to: "a b/model.pth")
        let mirror = try #require(Mirror(source.removingLastComponent().string))
        #expect(try fixture.fetch(mirror.url(of: "model.pth")).byteCount == content.count)
        #expect(try fixture.content() == content)
        let error = #expect(throws: FetchError.self) {
            try fixture.fetch(mirror.url(of: "none.pth"), ExpectedContent(), force: true)
        }
        #expect(error?.kind == .transfer)
        #expect(error?.description.hasSuffix("there is no such file, or it cannot be read") == true)
        #expect(throws: FetchError.self) {
            try fixture.fetch(mirror.url(of: "model.pth"), ExpectedContent(sha256Prefix: "00000000"), force: true)
        }
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test func anEmptyFileIsAFile() throws {
        let server = try LoopbackServer { _ in [.text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        let outcome = try fixture.fetch(server.url("/x"), ExpectedContent(byteCount: 0))
        #expect(outcome.byteCount == 0)
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test func whatHasNoBytesIsNoCheckpoint() throws {
        let server = try LoopbackServer { _ in [.text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        for url in [server.url("/x"), "file://\(fixture.folder.path)"] {
            let error = #expect(throws: FetchError.self) { try fixture.fetch(url, ExpectedContent()) }
            #expect(error?.defect?.cause == .empty)
        }
        #expect(try fixture.names() == [])
    }

    @Test(arguments: [
        ("http://host/a b.pth", "it is not an http, https or file URL; spaces in one are written as %20"),
        ("ftp://host/a.pth", "it is not an http, https or file URL; spaces in one are written as %20"),
        ("http://host/", "'' cannot be the name of a file; give another one"),
        ("http://host/..", "'..' cannot be the name of a file; give another one"),
    ])
    func requestsThatMakeNoSense(_ url: String, _ message: String) throws {
        let error = #expect(throws: FetchError.self) {
            try fixture.fetcher.fetch(FetchRequest(url: url), into: fixture.cache)
        }
        #expect(error?.kind == .usage)
        #expect(error?.description == "\(url): \(message)")
    }

    @Test func offlineOnlyTheCacheAndFilesAreUsed() throws {
        var fixture = fixture
        fixture.fetcher.options.isOffline = true
        let server = try goodServer()
        let error = #expect(throws: FetchError.self) { try fixture.fetch(server.url("/model.pth")) }
        #expect(error?.code == .offline)
        #expect(server.requests.isEmpty)
        try fixture.put(content)
        #expect(try fixture.fetch(server.url("/model.pth")).wasCached)
    }

    @Test func aMirrorTakesThePlaceOfTheURL() throws {
        let server = try goodServer()
        var fixture = fixture
        fixture.fetcher.options = try FetchOptions(environment: ["ZOO_MIRROR": server.url("/weights/")])
        _ = try fixture.fetch("https://example.invalid/far/away.pth")
        #expect(server.requests.map(\.target) == ["/weights/model.pth"])
    }

    @Test(
        .enabled(if: RealData.isPresent, "\(RealData.absence)"),
        arguments: [
            ("resnet20-12fca82f.th", 1_099_231), ("resnet56-4bfd9763.th", 3_471_733),
        ])
    func realWeightsComeFromAMirror(_ name: String, _ length: Int) throws {
        var fixture = fixture
        let folder = RealData.file("weights/cifar10").string
        fixture.fetcher.options = try FetchOptions(environment: ["ZOO_MIRROR": folder, "ZOO_OFFLINE": "1"])
        let outcome = try fixture.fetcher.fetch(
            FetchRequest(url: "https://example.invalid/\(name)"), into: fixture.cache)
        #expect(outcome.isVerified)
        #expect(outcome.byteCount == length)
    }

    // MARK: Interruptions

    @Test func cancellingLeavesAPartialFileThatIsContinued() throws {
        let content = content
        let server = try LoopbackServer { request in
            request.index == 0
                ? [
                    .text("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: \(content.count)\r\n\r\n"),
                    .bytes(Array(content[..<1_500_000])), .silence,
                ] : LoopbackServer.serve(content, to: request)
        }
        let flag = Flag()
        let error = #expect(throws: FetchError.self) {
            try fixture.fetch(
                server.url("/model.pth"),
                progress: { progress in
                    guard progress.byteCount == 1_500_000 else { return }
                    Thread {
                        usleep(300_000)  // The transfer is blocked by now.
                        flag.isUp.store(true, ordering: .relaxed)
                    }.start()
                }, isCancelled: { flag.isUp.load(ordering: .relaxed) })
        }
        #expect(server.clientLeft(), "it waited for the server")
        #expect(error?.kind == .interrupted)
        #expect(try fixture.names() == ["model.pth.zoo.partial", "model.pth.zoo.partial.json"])
        let outcome = try fixture.fetch(server.url("/model.pth"))
        #expect(outcome.resumedFrom == 1_500_000)
        #expect(outcome.bytesTransferred == 1_500_000)
        #expect(server.requests.last?.headers["if-range"] == "\"v1\"")
        #expect(try fixture.names() == ["model.pth"])
    }

    private final class Flag: Sendable {
        let isUp = Atomic(false)
    }

    @Test func aFetchThatIsCancelledAtOnceLeavesNothing() throws {
        let server = try goodServer()
        #expect(throws: FetchError.self) { try fixture.fetch(server.url("/x"), isCancelled: { true }) }
        #expect(try fixture.names() == [])
    }

    @Test(arguments: [1, 1000, 1_048_576, 2_999_999])
    func whatAKillLeavesIsContinued(_ count: Int) throws {
        let server = try goodServer()
        let source = ContentSource(
            url: server.url("/model.pth"), etag: "\"v1\"", totalByteCount: content.count)
        try fixture.leavePartial(count: count, source: source, extra: [9, 9, 9])
        let outcome = try fixture.fetch(server.url("/model.pth"))
        #expect(outcome.resumedFrom == count)
        #expect(server.sentByteCount == content.count - count)
        #expect(try fixture.content() == content)
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test func aKillBeforeTheRenameCostsNothing() throws {
        let server = try goodServer()
        try fixture.leavePartial(
            count: content.count,
            source: ContentSource(url: server.url("/model.pth"), etag: "\"v1\"", totalByteCount: content.count))
        #expect(try fixture.fetch(server.url("/model.pth")).bytesTransferred == 0)
        #expect(server.requests.isEmpty)
    }

    @Test func changedBytesInThePartialFileAreNotUsed() throws {
        let server = try goodServer()
        let source = ContentSource(url: server.url("/model.pth"), etag: "\"v1\"", totalByteCount: content.count)
        try fixture.leavePartial(count: 1_000_000, source: source)
        var damaged = try fixture.content(of: "model.pth.zoo.partial")
        damaged[500] ^= 1
        try fixture.put(damaged, as: "model.pth.zoo.partial")
        let outcome = try fixture.fetch(server.url("/model.pth"), ExpectedContent())
        #expect(outcome.resumedFrom == 0)
        #expect(try fixture.content() == content)
    }

    @Test func aChangedFileIsFetchedAnew() throws {
        let server = try goodServer(etag: "\"v2\"")
        let old = FetchFixture.bytes(count: 2_000_000, seed: 7)
        try fixture.leavePartial(
            of: old, count: 1_000_000,
            source: ContentSource(url: server.url("/model.pth"), etag: "\"v1\"", totalByteCount: old.count))
        let outcome = try fixture.fetch(server.url("/model.pth"), ExpectedContent())
        #expect(outcome.resumedFrom == 0)
        #expect(try fixture.content() == content)
    }

    @Test func connectionsThatBreakAtRandomBytesAreContinued() throws {
        let content = content
        let server = try LoopbackServer { request in
            var steps = LoopbackServer.serve(content, to: request, cutAfter: 1_100_000 + request.index * 1234)
            if request.index % 2 == 1 { steps.append(.reset) }
            return steps
        }
        let outcome = try fixture.fetch(server.url("/model.pth"))
        #expect(try fixture.content() == content)
        #expect(outcome.bytesTransferred == content.count)
        #expect(server.requests.count >= 3)  // A reset also loses what was under way.
    }

    // MARK: Sharing

    @Test func sixteenFetchesOfOneFileMakeOneTransfer() async throws {
        let content = content
        let server = try LoopbackServer { request in [.pause(seconds: 0.3)] + LoopbackServer.serve(content, to: request)
        }
        let fixture = fixture
        let outcomes = Outcomes()
        WorkerThreads.run(16) { _ in
            if let outcome = try? fixture.fetch(server.url("/model.pth")) {
                outcomes.all.withLock { $0.append(outcome) }
            }
        }
        let found = outcomes.all.withLock { $0 }
        #expect(found.count == 16)
        #expect(found.filter(\.wasCached).count == 15)
        #expect(server.requests.count == 1)
        #expect(try fixture.names() == ["model.pth"])
    }

    private final class Outcomes: Sendable {
        let all = Mutex<[FetchOutcome]>([])
    }
}
