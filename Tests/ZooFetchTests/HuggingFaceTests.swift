import Foundation
import TestSupport
import Testing
import ZooCache
import ZooCore

@testable import ZooFetch

@Suite("Hugging Face", .timeLimit(.minutes(1))) struct HuggingFaceTests {
    let content = FetchFixture.content
    let fixture: FetchFixture

    init() throws { fixture = try FetchFixture() }

    @Test(arguments: [
        (
            "hf:timm/resnet18/model.safetensors", "timm--resnet18--model.safetensors",
            "timm/resnet18/resolve/main/model.safetensors"
        ),
        (
            "hf:a/b/c/d e.pth".replacingOccurrences(of: " ", with: "+"), "a--b--c--d+e.pth",
            "a/b/resolve/main/c/d%2Be.pth"
        ),
        ("hf:a/b/m.pth@v1.0", "a--b@v1.0--m.pth", "a/b/resolve/v1.0/m.pth"),
        ("hf:a/b/m.pth@refs/pr/1", "a--b@refs--pr--1--m.pth", "a/b/resolve/refs%2Fpr%2F1/m.pth"),
    ])
    func addressesAreRead(_ text: String, _ fileName: String, _ path: String) {
        let file = HuggingFaceFile(text)
        #expect(file?.fileName == fileName)
        #expect(file?.url(environment: [:]) == "https://huggingface.co/\(path)")
        #expect(file?.url(environment: ["HF_ENDPOINT": "http://here:1/"]) == "http://here:1/\(path)")
        #expect(CacheDirectory.isValid(fileName: fileName))
    }

    @Test(arguments: [
        "hf:", "hf:a", "hf:a/b", "hf:a/b/", "hf:a//c", "hf:/b/c", "hf:a/b/c@", "hf:a/b/../c", "hf:../b/c",
        "hf:a/b/c//d",
        "hf:a/b/c d", "a/b/c",
    ])
    func whatMakesNoSense(_ text: String) {
        #expect(HuggingFaceFile(text) == nil)
    }

    /// Answers as huggingface.co does: the head has the hash, the bytes are elsewhere.
    private func hub(_ store: LoopbackServer, digest: String, renamed: Bool = false) throws -> LoopbackServer {
        let length = content.count
        return try LoopbackServer { request in
            if renamed, request.target.hasPrefix("/old/") {
                return [FetchFaultTests.head("307 Moved", "Location: /new/b/resolve/main/m.pth", "Content-Length: 0")]
            }
            return [
                FetchFaultTests.head(
                    "302 Found", "X-Linked-Etag: \"\(digest)\"", "X-Linked-Size: \(length)", "ETag: \"x\"",
                    "Location: \(store.url("/blob"))", "Content-Length: 0")
            ]
        }
    }

    @Test(arguments: [false, true])
    func theHashOfALargeFileIsChecked(_ isRenamed: Bool) throws {
        let content = content
        let store = try LoopbackServer { LoopbackServer.serve(content, to: $0) }
        let hub = try hub(store, digest: FetchFixture.digest(content).hex, renamed: isRenamed)
        var fixture = fixture
        let url = hub.url("\(isRenamed ? "/old" : "/a")/b/resolve/main/m.pth")
        fixture.fetcher.options.credentials = [try #require(Credential(bearerToken: "hf_x", for: url))]
        let known = try fixture.fetcher.contentOnHuggingFace(url, fileName: "m.pth")
        #expect(known == FetchFixture.expected)
        #expect(try fixture.fetch(url, known).isVerified)
        #expect(hub.requests.map(\.method) == (isRenamed ? ["HEAD", "HEAD", "GET", "GET"] : ["HEAD", "GET"]))
        #expect(hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_x" })
        #expect(store.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test func otherBytesAreNotAccepted() throws {
        let store = try LoopbackServer { LoopbackServer.serve(FetchFixture.bytes(count: 3_000_000, seed: 4), to: $0) }
        let hub = try hub(store, digest: FetchFixture.digest(content).hex)
        let url = hub.url("/a/b/resolve/main/m.pth")
        let known = try fixture.fetcher.contentOnHuggingFace(url, fileName: "m.pth")
        let error = #expect(throws: FetchError.self) { try fixture.fetch(url, known) }
        #expect(error?.kind == .mismatch)
        #expect(try fixture.names() == [])
    }

    @Test func aSmallFileHasNoHash() throws {
        let server = try LoopbackServer { _ in
            [FetchFaultTests.head("200 OK", "ETag: \"0123456789abcdef0123456789abcdef01234567\"", "Content-Length: 7")]
        }
        let known = try fixture.fetcher.contentOnHuggingFace(server.url("/a"), fileName: "m.pth")
        #expect(known == ExpectedContent())
    }

    @Test(arguments: [(401, 1), (404, 1), (503, 3)])
    func errorsAreSaid(_ status: Int, _ requests: Int) throws {
        let server = try LoopbackServer { _ in [FetchFaultTests.head("\(status) No", "Content-Length: 0")] }
        let error = #expect(throws: FetchError.self) {
            try fixture.fetcher.contentOnHuggingFace(server.url("/a"), fileName: "m.pth")
        }
        #expect(error?.code == .status(status))
        #expect(server.requests.count == requests)
    }

    @Test func theTokenIsForTheEndpoint() throws {
        let options = try FetchOptions(environment: ["HF_TOKEN": "x", "HF_ENDPOINT": "http://here:1/hf/"])
        #expect(options.credentials.map(\.origin) == ["http://here:1"])
        #expect(
            try FetchOptions(environment: ["HF_TOKEN": "x"]).credentials.map(\.origin) == ["https://huggingface.co:443"]
        )
        for wrong in [["HF_TOKEN": "a b"], ["HF_TOKEN": "x", "HF_ENDPOINT": "here"]] {
            let error = #expect(throws: FetchError.self) { try FetchOptions(environment: wrong) }
            #expect(error?.kind == .usage)
        }
    }
}
