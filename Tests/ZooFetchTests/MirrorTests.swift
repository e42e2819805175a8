import Testing
import ZooCore

@testable import ZooFetch

@Suite struct MirrorTests {
    @Test(arguments: [
        ("https://host/weights", "https://host/weights/a-b_1.pth"),
        ("https://host/weights//", "https://host/weights/a-b_1.pth"),
        ("http://host:8080", "http://host:8080/a-b_1.pth"),
        ("https://host/w?key=1#part", "https://host/w/a-b_1.pth?key=1"),
        ("file:///data/my%20weights", "file:///data/my%20weights/a-b_1.pth"),
        ("/data/my weights/", "file:///data/my%20weights/a-b_1.pth"),
        ("/", "file:///a-b_1.pth"),
    ])
    func placesAreJoined(_ base: String, _ url: String) {
        #expect(Mirror(base)?.url(of: "a-b_1.pth") == url)
    }

    @Test(arguments: [
        ("/data/my weights/", "/data/my weights"), ("file:///data/my%20weights", "/data/my weights"), ("/", "/"),
        ("https://host/weights", nil),
    ])
    func foldersHaveAPath(_ base: String, _ path: String?) {
        #expect(Mirror(base)?.folder == path)
    }

    @Test func namesAreEncoded() {
        #expect(Mirror("http://h")?.url(of: "a b/ü?#%.pth") == "http://h/a%20b%2F%C3%BC%3F%23%25.pth")
    }

    @Test(arguments: ["", "host/weights", "ftp://host/", "http://", "http:/host", "http://a b/", "relative/path"])
    func nonsenseIsNoMirror(_ base: String) {
        #expect(Mirror(base) == nil)
    }

    @Test(arguments: [
        (
            "https://host/a/resnet18-f37072fd.pth?x=/y", "resnet18-f37072fd.pth",
            "https://host/a/resnet18-f37072fd.pth?…"
        ),
        ("HTTPS://me:pw@host/a%20b.pth#x", "a%20b.pth", "https://host/a%20b.pth"),
        ("http://user@evil@host/a", "a", "http://host/a"),
        ("http://host", "", "http://host"),
        ("http://host/dir/", "", "http://host/dir/"),
        ("file:///a/b.pth", "b.pth", "file:///a/b.pth"),
    ])
    func urlsAreTakenApart(_ text: String, _ fileName: String, _ display: String) {
        let url = FetchURL(text)
        #expect(url?.fileName == fileName)
        #expect(url?.display == display)
    }

    @Test(
        "ZOO_MIRROR names one place or several",
        arguments: [
            ("/a/weights", 1), ("/my photos/weights", 1), ("/a/weights /b", 2), ("/a https://b.example/w", 2),
            ("https://a.example https://b.example", 2), ("", 0),
        ])
    func mirrorsAreSeparatedBySpaces(_ text: String, _ count: Int) throws {
        #expect(try FetchOptions(environment: ["ZOO_MIRROR": text]).mirrors.count == count)
    }

    @Test func theEnvironmentIsRead() throws {
        let options = try FetchOptions(environment: [
            "ZOO_MIRROR": "", "ZOO_OFFLINE": "0", "SSL_CERT_FILE": "/ca.pem", "SSL_CERT_DIR": "/certs",
        ])
        #expect(options.mirrors.isEmpty && !options.isOffline)
        #expect(options.certificateFile == "/ca.pem" && options.certificateFolder == "/certs")
        let bundle = try FetchOptions(environment: [
            "ZOO_OFFLINE": "1", "CURL_CA_BUNDLE": "/b.pem", "SSL_CERT_DIR": "/c",
        ])
        #expect(bundle.isOffline && bundle.certificateFile == "/b.pem" && bundle.certificateFolder == nil)
        let error = #expect(throws: FetchError.self) { try FetchOptions(environment: ["ZOO_MIRROR": "weights"]) }
        #expect(error?.kind == .usage)
    }
}
