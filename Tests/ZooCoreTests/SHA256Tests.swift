import Testing
import ZooCore

@Suite struct SHA256Tests {
    // FIPS 180-4 examples.
    static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test(arguments: [("", nothing), ("abc", abc)])
    func digestsAsTheStandardSays(text: String, hex: String) {
        #expect(SHA256.digest(of: Array(text.utf8).rawSpan).hex == hex)
    }

    @Test func theStateCanBeReadOnTheWay() {
        var hash = SHA256()
        #expect(hash.current().hex == Self.nothing)
        hash.update([UInt8(ascii: "a")].rawSpan)
        hash.update(Array("bc".utf8).rawSpan)
        #expect(hash.current().hex == Self.abc)
        #expect(hash.finish().hex == Self.abc)
    }

    @Test func prefixesOfFileNames() throws {
        let digest = try #require(SHA256Digest(hex: Self.abc.uppercased()))
        #expect(digest.hasPrefix("ba7816bf"))
        #expect(digest.hasPrefix("BA7816BF8F"))
        #expect(!digest.hasPrefix("ba7816b0"))
        #expect(!digest.hasPrefix(""), "torch.hub's pattern matches an empty prefix, which accepts any file")
        #expect(SHA256Digest(hex: "ba78") == nil)
        #expect(SHA256Digest(hex: String(repeating: "x", count: 64)) == nil)
    }
}
