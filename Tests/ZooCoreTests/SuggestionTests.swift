import Testing

@testable import ZooCore

@Suite struct SuggestionTests {
    static let known = [
        "resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2", "mobilenet_v2", "mobilenet_v1_x0_25",
        "vgg16", "vgg16_bn", "resnet20-cifar10",
    ]

    @Test(arguments: [
        ("resnet81", ["resnet18"]),
        ("rsenet18", ["resnet18"]),
        ("RESNET-18", ["resnet18"]),
        ("resnet1", ["resnet18", "resnet101"]),
        ("resnet", ["resnet18", "resnet34", "resnet50"]),
        ("resnet20", ["resnet20-cifar10", "resnet50"]),
        ("mobilenet_v1", ["mobilenet_v1_x0_25", "mobilenet_v2"]),
        ("vgg16", ["vgg16"]),
        ("vg16", ["vgg16"]),
        ("vgg-16-bn", ["vgg16_bn"]),
        ("alexnet", []),
        ("x", []),
        ("", []),
    ])
    func findsTheNearest(word: String, expected: [String]) {
        #expect(Suggestion.nearest(to: word, among: Self.known) == expected)
    }

    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("", "ab", 2),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func countsEdits(a: String, b: String, distance: Int) {
        let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
        #expect(Suggestion.editDistance(a, b, atMost: 9) == distance)
        #expect(Suggestion.editDistance(b, a, atMost: 9) == distance)
        #expect(Suggestion.editDistance(a, b, atMost: distance) == distance)
        #expect(Suggestion.editDistance(a, b, atMost: distance - 1) == nil)
    }

    @Test func longWordsAreLeftAlone() {
        let long = String(repeating: "a", count: Suggestion.longestWord + 1)
        #expect(Suggestion.nearest(to: long, among: [long]).isEmpty)
        #expect(Suggestion.nearest(to: "aaa", among: [long]).isEmpty)
    }

    @Test func asksInOneSentence() {
        #expect(Suggestion.question([]) == nil)
        #expect(Suggestion.question(["a"]) == "Did you mean 'a'?")
        #expect(Suggestion.question(["a", "b", "c"]) == "Did you mean 'a', 'b' or 'c'?")
    }
}
