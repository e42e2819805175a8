import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite("where a file comes from", .timeLimit(.minutes(1))) struct SourceTests {
    typealias Step = LoopbackServer.Step
    let content = FetchFixture.content
    var fixture: FetchFixture

    init() throws { fixture = try FetchFixture() }

    private func good() throws -> LoopbackServer {
        let content = content
        return try LoopbackServer { LoopbackServer.serve(content, to: $0) }
    }

    private func missing() throws -> LoopbackServer {
        try LoopbackServer { _ in [FetchFaultTests.head("404 Not Found", "Content-Length: 0")] }
    }

    private func mirror(_ base: String) throws -> Mirror { try #require(Mirror(base)) }

    @Test(
        arguments: [
            ("http://a/m.pth", [], false, ["http://a/m.pth"]),
            (
                "http://a/m.pth", ["http://b", "http://c/w"], false,
                ["http://a/m.pth", "http://b/m.pth", "http://c/w/m.pth"]
            ),
            (
                "http://a/m.pth", ["http://b", "/x", "/y"], false,
                ["file:///x/m.pth", "file:///y/m.pth", "http://a/m.pth", "http://b/m.pth"]
            ),
            ("http://a/m.pth", ["http://b", "/x"], true, ["file:///x/m.pth"]),
            ("file:///z/m.pth", ["http://b", "/x"], false, ["file:///z/m.pth", "file:///x/m.pth", "http://b/m.pth"]),
            ("http://a/m.pth", ["http://a"], false, ["http://a/m.pth"]),
        ] as [(String, [String], Bool, [String])])
    func theOrder(_ url: String, _ mirrors: [String], _ isOffline: Bool, _ places: [String]) throws {
        var fetcher = fixture.fetcher
        fetcher.options.mirrors = try mirrors.map { try mirror($0) }
        fetcher.options.isOffline = isOffline
        #expect(try fetcher.places(of: FetchRequest(url: url)) == places)
    }

    @Test(arguments: [
        ("", 0), ("http://a https://b/c", 2), ("/a b/c", 1), ("/a http://b", 2), ("  http://a  ", 1),
    ])
    func theEnvironmentNamesMirrors(_ text: String, _ count: Int) throws {
        #expect(try FetchOptions(environment: ["ZOO_MIRROR": text]).mirrors.count == count)
    }

    @Test mutating func theNextPlaceIsAskedWhereOneHasNothing() throws {
        let (none, other) = (try missing(), try good())
        fixture.fetcher.options.mirrors = [try mirror(none.url("/w")), try mirror(other.url("/w"))]
        var turns: [String] = []
        let outcome = try fixture.fetch(none.url("/model.pth")) { progress in
            if case .turning(let error) = progress.phase { turns.append(error.url ?? "") }
        }
        #expect(outcome.origin == other.url("/w/model.pth"))
        #expect(turns == [none.url("/model.pth"), none.url("/w/model.pth")])
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test mutating func aPlaceWithOtherBytesIsPassedOver() throws {
        let other = try good()
        let wrong = try LoopbackServer { LoopbackServer.serve(FetchFixture.bytes(count: 3_000_000, seed: 8), to: $0) }
        fixture.fetcher.options.mirrors = [try mirror(other.url("/w"))]
        #expect(try fixture.fetch(wrong.url("/model.pth")).origin == other.url("/w/model.pth"))
        #expect(try fixture.content() == content)
    }

    @Test mutating func whatOnePlaceSentIsContinuedAtTheNext() throws {
        let content = content
        let other = try good()
        let cut = try LoopbackServer { request in
            request.index == 0 ? LoopbackServer.serve(content, to: request, cutAfter: 1_200_000) : [.reset]
        }
        fixture.fetcher.options.mirrors = [try mirror(other.url("/w"))]
        let outcome = try fixture.fetch(cut.url("/model.pth"))
        #expect(outcome.resumedFrom == 1_200_000)
        #expect(other.sentByteCount == content.count - 1_200_000)
        #expect(try fixture.content() == content)
    }

    @Test mutating func whereAllFailAllAreNamed() throws {
        let none = try missing()
        fixture.fetcher.options.mirrors = [try mirror(none.url("/w"))]
        let error = #expect(throws: FetchError.self) { try fixture.fetch(none.url("/model.pth")) }
        #expect(error?.code == .status(404))
        #expect(error?.url == none.url("/w/model.pth"))
        #expect(error?.message.contains("before that \(none.url("/model.pth")): the server has no such file") == true)
    }

    // MARK: Caches of others

    @Test mutating func aSoundFileOfAnotherCacheIsLinked() throws {
        let other = try fixture.folder.write(content, to: "other/model.pth")
        fixture.fetcher.options.searchPath = [
            CacheDirectory(checkpoints: fixture.folder.file("none")),
            CacheDirectory(checkpoints: other.removingLastComponent()),
        ]
        let outcome = try fixture.fetch("http://127.0.0.1:9/model.pth")
        #expect(outcome.origin == other.string && outcome.isVerified && outcome.bytesTransferred == 0)
        let inodes = try [other, outcome.path].map {
            try FileManager.default.attributesOfItem(atPath: $0.string)[.systemFileNumber] as? Int
        }
        #expect(inodes[0] == inodes[1])
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    mutating func acrossFileSystemsItIsCopied() throws {
        let disk = try Mount(byteCount: 8 << 20)
        let home = disk.path.appending("hub").appending("checkpoints")
        try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
        try Data(content).write(to: URL(fileURLWithPath: home.appending("model.pth").string))
        fixture.fetcher.options.searchPath = [CacheDirectory(at: disk.path.string)]
        let outcome = try fixture.fetch("http://127.0.0.1:9/model.pth")
        #expect(outcome.origin == home.appending("model.pth").string)
        #expect(try fixture.content() == content)
        #expect(try fixture.names() == ["model.pth"])
    }

    @Test mutating func aBrokenFileOfAnotherCacheIsNotTaken() throws {
        let server = try good()
        let other = try fixture.folder.write([1, 2, 3], to: "other/model.pth")
        fixture.fetcher.options.searchPath = [CacheDirectory(checkpoints: other.removingLastComponent())]
        #expect(try fixture.fetch(server.url("/model.pth")).origin == server.url("/model.pth"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: other.string)) == Data([1, 2, 3]))
        #expect(try fixture.fetch(server.url("/model.pth"), force: true).origin == server.url("/model.pth"))
    }

    // MARK: Credentials

    @Test(arguments: ["token", "password"])
    func credentialsGoToTheirServerAlone(_ kind: String) throws {
        let store = try good()
        let server = try LoopbackServer { _ in
            [FetchFaultTests.head("302 Found", "Location: \(store.url("/store"))", "Content-Length: 0")]
        }
        var fixture = fixture
        var url = server.url("/model.pth")
        if kind == "token" {
            fixture.fetcher.options.credentials = [try #require(Credential(bearerToken: "hf_secret", for: url))]
        } else {
            url = url.replacingOccurrences(of: "http://", with: "http://me:hf_secret@")
        }
        _ = try fixture.fetch(url)
        #expect(server.requests.map { $0.headers["authorization"] != nil } == [true])
        #expect(store.requests.map { $0.headers["authorization"] } == [nil])
        #expect(!"\(fixture.fetcher.options)".contains("secret"))
    }

    @Test func aTokenIsNotSentToAMirror() throws {
        let (none, other) = (try missing(), try good())
        var fixture = fixture
        fixture.fetcher.options.credentials = [try #require(Credential(bearerToken: "x", for: none.url("/")))]
        fixture.fetcher.options.mirrors = [try mirror(other.url("/w"))]
        _ = try fixture.fetch(none.url("/model.pth"))
        #expect(none.requests.first?.headers["authorization"] == "Bearer x")
        #expect(other.requests.first?.headers["authorization"] == nil)
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "ü"])
    func whatIsNoTokenIsNoCredential(_ token: String) {
        #expect(Credential(bearerToken: token, for: "https://host") == nil)
    }

    @Test(arguments: [
        ("https://Host/x", "https://host:443"), ("http://host:80", "http://host:80"),
        ("http://[::1]/", "http://[::1]:80"),
        ("http://[::1]:81/", "http://[::1]:81"), ("https://me:pw@host:444/", "https://host:444"),
    ])
    func originsAreTold(_ url: String, _ origin: String) {
        #expect(FetchURL(url)?.origin == origin)
    }
}
