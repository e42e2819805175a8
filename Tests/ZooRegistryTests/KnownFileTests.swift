import Testing
import ZooCore
import ZooRegistry

@Suite("what is known of a file by its name") struct KnownFileTests {
    let registry: Registry

    init() throws {
        registry = try Registry.embedded()
    }

    @Test func ofAnEntry() throws {
        let file = try #require(registry.knownFile(named: "alexnet-owt-7be5be79.pth"))
        #expect(file.sha256Prefix == "7be5be79" && file.sha256 == nil && file.byteCount == nil && !file.isMisnamed)
        let cifar = try #require(registry.knownFile(named: "resnet44-014dd654.th"))
        #expect(cifar.byteCount == 2_680_855 && cifar.sha256?.hasPrefix("014dd654") == true)
        #expect(registry.knownFile(named: "mystery.pth") == nil)
    }

    @Test func ofAnOldFile() throws {
        let file = try #require(registry.knownFile(named: "resnet18-5c106cde.pth"))
        #expect(file.byteCount == 46_827_520 && file.sha256?.hasPrefix("5c106cde") == true && !file.isMisnamed)
    }

    /// github.com/pytorch/vision/issues/7744: seven files were published under names with wrong hashes, and still are.
    @Test(arguments: [
        ("efficientnet_b0", "rwightman-3dd342df", "7f5810bc"), ("efficientnet_b2", "rwightman-bcdf34b7", "c35c1473"),
        ("efficientnet_b3", "rwightman-cf984f9c", "b3899882"), ("efficientnet_b4", "rwightman-7eb33cd5", "23ab8bcd"),
        ("efficientnet_b5", "lukemelas-b6417697", "1a07897c"), ("efficientnet_b6", "lukemelas-c76e70fd", "24a108a5"),
        ("efficientnet_b7", "lukemelas-dcc49843", "c5b4e57e"),
    ])
    func ofAMisnamedFile(model: String, name: String, prefix: String) throws {
        let old = try #require(registry.knownFile(named: "\(model)_\(name).pth"))
        #expect(old.isMisnamed && old.sha256Prefix == prefix)
        let now = try registry.entry("\(model):IMAGENET1K_V1")
        #expect(now.sha256Prefix == prefix && now.sha256 == old.sha256 && now.sha256 != nil)
    }
}
