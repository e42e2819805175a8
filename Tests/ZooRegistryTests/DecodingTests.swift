import Foundation
import Testing
import ZooCore
import ZooRegistry

@Suite("registries from outside") struct DecodingTests {
    /// The fields that every entry needs, and then `more`; a field of `more` replaces one of the same name.
    static func json(_ more: [String: Any?] = [:]) throws -> String {
        let needed: [String: Any] = [
            "name": "mine", "weights": "V1", "default": true, "architecture": "resnet18",
            "url": "https://example.org/a/mine-01234567.pth?download=1",
            "preprocessing": ["interpolation": "bilinear", "mean": [0, 0, 0], "std": [1, 1, 1]], "licence": "MIT",
        ]
        let fields = needed.merging(more.mapValues { $0 ?? NSNull() }) { $1 }
        return try String(decoding: JSONSerialization.data(withJSONObject: ["entries": [fields]]), as: UTF8.self)
    }

    static func decode(_ json: String) throws -> Registry {
        try Registry.decode(Array(json.utf8).rawSpan, source: "my.json")
    }

    @Test func aSmallEntryIsEnough() throws {
        let entry = try Self.decode(Self.json()).entry("mine")
        #expect(entry.id == "mine:V1" && entry.enumID == nil && entry.aliases.isEmpty)
        #expect(entry.fileName == "mine-01234567.pth", "the query is no part of the name, as in torch.hub")
        #expect(entry.sha256Prefix == nil && entry.sha256 == nil && entry.byteCount == nil)
        #expect(entry.preprocessing.resize == nil && entry.preprocessing.crop == nil)
    }

    @Test func classesStandInTheEntry() throws {
        let registry = try Self.decode(Self.json(["classes": ["cat", "dog"]]))
        #expect(try registry.classes(of: registry.entry("mine")) == ["cat", "dog"])
        let listed = try Self.decode(Self.json(["classList": "cifar10"]))
        #expect(try listed.classes(of: listed.entry("mine"))?.count == 10)
        let nameless = try Self.decode(Self.json())
        #expect(try nameless.classes(of: nameless.entry("mine")) == nil)
    }

    @Test(
        arguments: [
            ("file:fixtures/shapes/a.pth", "a.pth", "fixtures/shapes/a.pth"),
            ("file:///srv/weights/a.pth", "a.pth", nil),
            ("file:/srv/weights/a.pth", "a.pth", nil),
            ("HTTPS://example.org/x/a-b.c/a.pth#top", "a.pth", nil),
            ("http://example.org/a.pth?b=/c/d", "a.pth", nil),
        ] as [(String, String, String?)])
    func urls(url: String, fileName: String, relative: String?) throws {
        let entry = try Self.decode(Self.json(["url": url])).entry("mine")
        #expect(entry.fileName == fileName)
        #expect(entry.relativeFilePath == relative)
    }

    static let hex = String(repeating: "ab", count: 32)
    static var fieldDefects: [(String, [String: Any?], String)] {
        [
            ("no name", ["name": nil], "entries[0].name: expected a string, found null"),
            ("a wrong type", ["name": 5], "entries[0].name: expected a string, found something else"),
            ("a name with a space", ["name": "a b"], "'a b' is no name"),
            ("a name with a colon", ["name": "a:b"], "'a:b' is no name"),
            ("an empty alias", ["aliases": [""]], "entries[0].aliases: '' is no name"),
            ("its own alias", ["aliases": ["mine"]], "mine:V1: the alias 'mine' is taken twice"),
            ("a path as architecture", ["architecture": "../x"], "'../x' is no name"),
            ("another scheme", ["url": "ftp://example.org/a.pth"], "is no URL of the schemes http, https and file"),
            (
                "a URL with a line break", ["url": "https://example.org/a\n.pth"],
                #"entries[0].url: 'https://example.org/a\n.pth' is no URL"#
            ),
            ("a URL without a host", ["url": "https:a.pth"], "is no URL"),
            ("a URL without a file", ["url": "https://example.org"], "fileName: '' is no file name"),
            ("a folder as URL", ["url": "https://example.org/a/"], "fileName: '' is no file name"),
            ("a relative URL that climbs", ["url": "file:fixtures/../../etc/passwd"], "leads out of the folder"),
            ("a file name that climbs", ["fileName": "../a.pth"], "'../a.pth' is no file name"),
            ("dots as file name", ["fileName": ".."], "'..' is no file name"),
            ("a long file name", ["fileName": String(repeating: "a", count: 201)], "is no file name"),
            ("a short digest", ["sha256": "abcd"], "'abcd' is no SHA-256: expected 64 hexadecimal digits"),
            ("a short prefix", ["sha256Prefix": "abc"], "'abc' is no prefix: expected 8 to 64 hexadecimal digits"),
            ("an empty prefix", ["sha256Prefix": ""], "'' is no prefix"),
            ("a prefix of letters", ["sha256Prefix": "abcdefgh"], "'abcdefgh' is no prefix"),
            (
                "a prefix of another digest", ["sha256Prefix": "00000000", "sha256": hex],
                "'00000000' is not the beginning of sha256 '\(hex)'"
            ),
            ("no bytes", ["byteCount": 0], "byteCount: 0 bytes are no file"),
            ("half a byte", ["byteCount": 0.5], "entries[0].byteCount: 0.5 is no whole number, or too large"),
            (
                "more bytes than can be", ["byteCount": 1e300],
                "entries[0].byteCount: 1e+300 is no whole number, or too large"
            ),
            ("two lists of classes", ["classList": "cifar10", "classes": ["a"]], "both name the outputs"),
            ("no classes", ["classes": [String]()], "entries[0].classes: the list is empty"),
            ("a list with a path", ["classList": "../x"], "'../x' is no name of a list"),
            ("no default", ["default": false], "no weights of 'mine' are its default"),
            ("a misspelt field", ["sha265": hex], "entries[0].sha265: no field has this name. Did you mean 'sha256'?"),
            (
                "a misspelt field of the preprocessing",
                ["preprocessing": ["resise": 1, "interpolation": "bilinear", "mean": [0, 0, 0], "std": [1, 1, 1]]],
                "entries[0].preprocessing.resise: no field has this name. Did you mean 'resize'?"
            ),
            (
                "an unknown interpolation",
                ["preprocessing": ["interpolation": "lanczos", "mean": [0, 0, 0], "std": [1, 1, 1]]],
                "entries[0].preprocessing.interpolation"
            ),
            (
                "a division by zero",
                ["preprocessing": ["interpolation": "bilinear", "mean": [0, 0, 0], "std": [1, 0, 1]]],
                "entries[0].preprocessing: std is [1.0, 0.0, 1.0], expected numbers above zero"
            ),
        ]
    }

    @Test(arguments: fieldDefects.map(\.0))
    func defectsOfFields(name: String) throws {
        let (_, fields, message) = try #require(Self.fieldDefects.first { $0.0 == name })
        try Self.expectMalformed(Self.json(fields), message)
    }

    @Test(arguments: [
        ("nothing", "", "my.json: "),
        ("no JSON", "<html>", "my.json: this is not JSON: there is a mistake in its syntax, or a number is too large"),
        (
            "cut off", #"{"entries": [{"name": "#,
            "my.json: this is not JSON: there is a mistake in its syntax, or a number is too large"
        ),
        ("a list", "[]", "my.json: expected an object, found something else"),
        (
            "an entry that is none", #"{"entries": [7]}"#,
            "my.json: entries[0]: expected an object, found something else"
        ),
        ("a missing field", #"{"entries": [{"name": "a"}]}"#, "my.json: entries[0]: the field 'weights' is missing"),
        ("a field with a line break", #"{"a\nb": 1}"#, #"my.json: 'a\nb': no field has this name."#),
        ("an unknown field", #"{"entrys": []}"#, "my.json: entrys: no field has this name. Did you mean 'entries'?"),
        ("a file of another folder", #"{"files": [{"fileName": "a/b"}]}"#, "my.json: files[0].fileName: 'a/b' is no"),
        ("a file without a name", #"{"files": [{"note": "x"}]}"#, "my.json: files[0]: the field 'fileName' is missing"),
    ])
    func defectsOfDocuments(name: String, json: String, message: String) throws {
        try Self.expectMalformed(json, message)
    }

    @Test func deepNestingIsAnError() throws {
        try Self.expectMalformed(String(repeating: "[", count: 100_000), "my.json: this is not JSON")
        let source = String(repeating: #"{"source":"#, count: 100_000)
        try Self.expectMalformed(source, "my.json: this is not JSON")
    }

    @Test func invalidUTF8IsAnError() {
        let bytes: [UInt8] = Array(#"{"source": ""#.utf8) + [0xFF, 0xC0] + Array(#""}"#.utf8)
        #expect(throws: RegistryError.self) { try Registry.decode(bytes.rawSpan, source: "my.json") }
    }

    @Test func documentsMayNotContradictEachOther() throws {
        let embedded = try Registry.embedded()
        #expect(try embedded.adding(Self.decode(Self.json())).entry("mine").id == "mine:V1")
        for (fields, message) in [
            (["name": "resnet18", "weights": "IMAGENET1K_V1"], "the name 'resnet18:IMAGENET1K_V1' is taken by"),
            (["name": "resnet18"], "the default of 'resnet18' is taken by resnet18:IMAGENET1K_V1 too"),
            (["aliases": ["ResNet18"]], "the alias 'ResNet18' is taken by resnet18:IMAGENET1K_V1 too"),
            (["fileName": "resnet18-f37072fd.pth"], "the file name 'resnet18-f37072fd.pth' is taken by"),
            (["fileName": "resnet18-5c106cde.pth", "sha256": Self.hex], "promise different bytes"),
        ] as [([String: Any?], String)] {
            let other = try Self.decode(Self.json(fields))
            let error = #expect(throws: RegistryError.self) { try embedded.adding(other) }
            #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        }
    }

    static func expectMalformed(_ json: String, _ message: String) throws {
        let error = try #require(throws: RegistryError.self) { try decode(json) }
        #expect(error.code == .malformed && error.kind == .unreadable)
        #expect(error.description.contains(message), "\(error)")
        #expect(!error.description.contains("\n"), "\(error)")
    }
}
