import Foundation
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing
import ZooCore

@Suite("zoo fetch: several files, places and ways", .timeLimit(.minutes(2))) struct FetchPlacesTests {
    static let content = InterruptedFetchTests.content

    /// A file name that vouches for the content, as torch.hub's do.
    static func named(_ stem: String) -> String {
        "\(stem)-\(SHA256.digest(of: content.rawSpan).hex.prefix(8)).pth"
    }

    private static func server(_ answer: (@Sendable (LoopbackServer.Request) -> Void)? = nil) throws -> LoopbackServer {
        try LoopbackServer { request in
            answer?(request)
            return LoopbackServer.serve(content, to: request)
        }
    }

    /// Opens once so many came to it.
    final class Gate: Sendable {
        private let count = Atomic(0)

        func pass(_ wanted: Int) {
            count.wrappingAdd(1, ordering: .relaxed)
            let deadline = Date(timeIntervalSinceNow: LoopbackServer.lifetime)
            while count.load(ordering: .relaxed) < wanted, Date() < deadline { usleep(2000) }
        }
    }

    @Test func severalFilesAreFetchedAtOnceAndReportedInOrder() async throws {
        let gate = Gate()
        // Nobody is answered before three have asked.
        let server = try Self.server { _ in gate.pass(3) }
        let zoo = try ZooProcess()
        let names = ["c", "a", "b", "d"].map(Self.named)
        let outcome = try await zoo.run(["fetch", "--jobs", "3"] + names.map { server.url("/" + $0) })
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == names.map { zoo.checkpoints.appending($0).string + "\n" }.joined())
    }

    @Test func oneThatFailsDoesNotKeepTheOthers() async throws {
        let server = try LoopbackServer { request in
            request.target == "/gone.pth"
                ? [.text("HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
                : LoopbackServer.serve(Self.content, to: request)
        }
        let zoo = try ZooProcess()
        let outcome = try await zoo("fetch", server.url("/gone.pth"), server.url("/" + Self.named("a")), "--jobs", "2")
        #expect(outcome.status == 3)
        #expect(outcome.output == zoo.checkpoints.appending(Self.named("a")).string + "\n")
        #expect(outcome.errors.contains("the server has no such file"), "\(outcome.errors)")
    }

    @Test func sixteenProcessesMakeOneTransfer() async throws {
        let server = try Self.server()
        let zoo = try ZooProcess()
        let digest = SHA256.digest(of: Self.content.rawSpan).hex
        let outcomes = try await withThrowingTaskGroup(of: ZooProcess.Outcome.self) { group in
            for _ in 0..<16 {
                group.addTask { try await zoo("fetch", server.url("/weights.pth"), "--sha256", digest, "--quiet") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.map(\.status) == Array(repeating: 0, count: 16), "\(outcomes.map(\.errors))")
        #expect(server.requests.count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string)
        #expect(names.filter { !$0.hasPrefix(".") }.sorted() == ["CACHEDIR.TAG", "weights.pth"])
    }

    // MARK: Names

    private static let shapes = Fixture.file("shapes/resnet14-shapes.pth").string

    private static func serverOfShapes() throws -> LoopbackServer {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: shapes)))
        return try LoopbackServer { LoopbackServer.serve(bytes, to: $0) }
    }

    @Test func twoAddressesWithOneNameAreNotOneFile() async throws {
        let server = try Self.serverOfShapes()
        let zoo = try ZooProcess()
        let (one, other) = (server.url("/a/w.pth"), server.url("/b/w.pth"))
        let both = try await zoo("fetch", one, other)
        #expect(both.status == 2 && both.errors.contains("would both be kept as w.pth"), "\(both.errors)")
        #expect(server.requests.isEmpty)
        #expect(try await zoo("fetch", one, one).status == 0)
        for _ in 0..<2 {
            let second = try await zoo("fetch", other)
            #expect(second.errors.contains("it was fetched from \(one), not from \(other)"), "\(second.errors)")
        }
        let forced = try await zoo("fetch", other, "--force")
        #expect(forced.status == 0 && !forced.errors.contains("it was fetched from"), "\(forced.errors)")
        #expect(try await zoo("fetch", one).errors.contains("it was fetched from \(other), not from \(one)"))
    }

    @Test func secretsOfAddressesAreNotPrinted() async throws {
        let server = try Self.serverOfShapes()
        let zoo = try ZooProcess()
        let url = "http://me:secret@127.0.0.1:\(server.port)/w.pth?token=secret"
        for arguments in [
            [url, "--json"], [url, "--dry-run", "--json"], [url + " x"], ["http://me:secret@h/"],
            [url, "--mirror", "ftp://me:secret@h/?secret"], [url, url.replacing("w.pth", with: "b/w.pth")],
        ] {
            let outcome = try await zoo.run(["fetch"] + arguments)
            #expect(!outcome.output.contains("secret") && !outcome.errors.contains("secret"), "\(outcome)")
        }
        #expect(server.requests.first?.headers["authorization"] != nil)
    }

    // MARK: Places

    @Test func mirrorsAreAskedInTurn() async throws {
        let none = try LoopbackServer { _ in
            [.text("HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
        }
        let good = try Self.server()
        var zoo = try ZooProcess()
        let first = try await zoo(
            "fetch", none.url("/" + Self.named("a")), "--mirror", none.url("/m"), "--mirror", good.url("/m"), "--json")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("\"source\" : \"\(good.url("/m/" + Self.named("a")))\""), "\(first.output)")
        #expect(none.requests.map(\.target) == ["/", "/m/"].map { $0 + Self.named("a") })
        #expect(first.errors.contains("trying the next place"))

        zoo.environment["ZOO_CACHE_PATH"] = "/nowhere:" + zoo.folder.path.appending("torch").string
        zoo.environment["TORCH_HOME"] = zoo.folder.file("second").string
        zoo.environment["ZOO_OFFLINE"] = "1"
        let second = try await zoo("fetch", none.url("/" + Self.named("a")))
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.output == zoo.folder.file("second/hub/checkpoints/" + Self.named("a")).string + "\n")
        #expect(second.errors.contains("taken over from"))
    }

    @Test func filesOfHuggingFaceAreCheckedAndFoundAgain() async throws {
        let digest = SHA256.digest(of: Self.content.rawSpan).hex
        let server = try LoopbackServer { request in
            guard request.target == "/org/repo/resolve/v1/sub/m.bin" else {
                return LoopbackServer.serve(Self.content, to: request)
            }
            return [
                .text(
                    "HTTP/1.1 302 Found\r\nConnection: close\r\nX-Linked-Etag: \"\(digest)\"\r\nX-Linked-Size: "
                        + "\(Self.content.count)\r\nLocation: /blob\r\nContent-Length: 0\r\n\r\n")
            ]
        }
        var zoo = try ZooProcess()
        zoo.environment = ["HF_ENDPOINT": server.url(""), "HF_TOKEN": "hf_secret"]
        let name = "org--repo@v1--sub--m.bin"
        let fetched = try await zoo("fetch", "hf:org/repo/sub/m.bin@v1", "--lock", "zoo.lock")
        #expect(fetched.status == 0, "\(fetched.errors)")
        #expect(fetched.output == zoo.checkpoints.appending(name).string + "\n")
        #expect(fetched.errors.contains("SHA-256 agrees"))
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
        let lock = try String(contentsOfFile: zoo.folder.file("zoo.lock").string, encoding: .utf8)
        #expect(lock.contains(digest) && lock.contains("hf:org/repo/sub/m.bin@v1"))
        for text in [fetched.output, fetched.errors, lock] { #expect(!text.contains("hf_secret")) }

        // No registry knows its hash, but it is what Hugging Face vouched for; that it is no checkpoint is no defect.
        for options in [[], ["--quick"]] {
            let verified = try await zoo.run(["verify"] + options)
            #expect(verified.status == 0 && verified.output.contains("the one that was known when it was fetched"))
        }
        try Data("broken".utf8).write(to: URL(fileURLWithPath: zoo.checkpoints.appending(name).string))
        let repaired = try await zoo("verify", "--repair")
        #expect(repaired.status == 0 && repaired.output.contains("fetched again"), "\(repaired.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string)
        #expect(files.filter { !$0.hasPrefix(".") }.sorted() == ["CACHEDIR.TAG", name], "repaired under its own name")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: zoo.checkpoints.appending(name).string))
        #expect(bytes == Data(Self.content))

        zoo.environment["ZOO_OFFLINE"] = "1"
        let again = try await zoo("fetch", "hf:org/repo/sub/m.bin@v1")
        #expect(again.status == 0 && !again.errors.contains("unverified"), "\(again.errors)")
        let other = try await zoo("fetch", "hf:org/repo/other.bin")
        #expect(other.status == 3, "\(other.errors)")
        let wrong = try await zoo("fetch", "hf:org/repo")
        #expect(wrong.status == 2 && wrong.errors.contains("hf:ORG/REPO/FILE"), "\(wrong.errors)")
    }

    @Test func aRegistryCanBeNamed() async throws {
        let zoo = try ZooProcess()
        let bytes = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: Fixture.file("shapes/resnet14-shapes.pth").string)))
        let file = try zoo.folder.write(bytes, to: "theirs.pth")
        let entry = UserRegistryTests.entry("theirs", url: "file://\(file)")
        try zoo.folder.write(Array("{\"entries\": [\(entry)]}".utf8), to: "theirs.json")
        let outcome = try await zoo("fetch", "theirs", "--registry", "theirs.json")
        #expect(outcome.status == 0 && outcome.output.hasSuffix("/theirs.pth\n"), "\(outcome.errors)")
        #expect(try await zoo("fetch", "theirs").status == 2)
        #expect(try await zoo("fetch", "theirs", "--registry", "none.json").status == 5)
    }

    // MARK: Networks as they are

    @Test func aProxyIsAskedUnlessItIsNotToBe() async throws {
        let proxy = try Self.server()
        var zoo = try ZooProcess()
        zoo.environment["http_proxy"] = proxy.url("")
        let outcome = try await zoo("fetch", "http://example.invalid/" + Self.named("a"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(proxy.requests.map(\.target) == ["http://example.invalid/" + Self.named("a")])

        let direct = try Self.server()
        zoo.environment["no_proxy"] = "127.0.0.1"
        #expect(try await zoo("fetch", direct.url("/" + Self.named("b"))).status == 0)
        #expect(direct.requests.map(\.target) == ["/" + Self.named("b")])
        #expect(proxy.requests.count == 1)
    }

    @Test func anHTTPSAddressGoesThroughATunnel() async throws {
        let proxy = try LoopbackServer { _ in
            [.text("HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
        }
        var zoo = try ZooProcess()
        zoo.environment["https_proxy"] = "http://me:secret@127.0.0.1:\(proxy.port)"
        let outcome = try await zoo("fetch", "https://example.invalid/a.pth", "--retries", "0")
        #expect(outcome.status == 3)
        #expect(proxy.requests.first?.method == "CONNECT")
        #expect(proxy.requests.first?.target == "example.invalid:443")
        #expect(proxy.requests.first?.headers["proxy-authorization"] != nil)
        #expect(!outcome.errors.contains("secret"), "\(outcome.errors)")
    }

    @Test(.enabled(if: SOCKSProxy.isPossible, "\(SOCKSProxy.impossibility)"))
    func aSOCKSProxyIsUsed() async throws {
        let server = try Self.server()
        let proxy = try SOCKSProxy(to: server.port)
        var zoo = try ZooProcess()
        zoo.environment["all_proxy"] = "socks5h://127.0.0.1:\(proxy.port)"
        zoo.environment["no_proxy"] = ""
        zoo.environment["NO_PROXY"] = ""
        let outcome = try await zoo("fetch", "http://example.invalid/" + Self.named("a"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(server.requests.map(\.target) == ["/" + Self.named("a")])
    }

    private static let hasIPv6 = (try? LoopbackServer.onIPv6 { _ in [] }) != nil

    @Test(.enabled(if: hasIPv6, "this machine has no ::1")) func iPv6IsSpoken() async throws {
        let server = try LoopbackServer.onIPv6 { LoopbackServer.serve(Self.content, to: $0) }
        var zoo = try ZooProcess()
        zoo.environment["no_proxy"] = "::1"
        let outcome = try await zoo("fetch", server.url("/" + Self.named("a")))
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test(
        .enabled(if: TLSServer.isPossible, "\(TLSServer.impossibility)"),
        arguments: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    func authoritiesAreNamedAsForCurl(_ variable: String) async throws {
        let server = try TLSServer(Self.content)
        var zoo = try ZooProcess()
        zoo.environment["no_proxy"] = "127.0.0.1"
        let refused = try await zoo("fetch", server.url("/" + Self.named("a")))
        #expect(refused.status == 3 && refused.errors.contains("cannot be trusted"), "\(refused.errors)")
        zoo.environment[variable] = server.certificate.string
        let outcome = try await zoo("fetch", server.url("/" + Self.named("a")))
        #expect(outcome.status == 0, "\(outcome.errors)")
    }
}
