import Foundation
import SystemPackage
import TestSupport
import ZooCache
import ZooCore

@testable import ZooFetch

/// A cache in a scratch folder, and a fetcher that does not wait long.
struct FetchFixture {
    static let name = "model.pth"
    static let content = bytes(count: 3_000_000, seed: 1)

    let folder: ScratchFolder
    let cache: CacheDirectory
    var fetcher: Fetcher

    init() throws {
        _ = Self.keepsProxiesOut
        folder = try ScratchFolder()
        cache = CacheDirectory(environment: ["TORCH_HOME": folder.path.string])
        var options = FetchOptions()
        options.retryDelay = 5
        options.retries = 2
        fetcher = Fetcher(options)
    }

    private static let keepsProxiesOut = unsafe setenv("no_proxy", "127.0.0.1", 1)

    static func bytes(count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
    }

    static func digest(_ bytes: [UInt8]) -> SHA256Digest { SHA256.digest(of: bytes.rawSpan) }

    static let expected = ExpectedContent(byteCount: content.count, sha256: digest(content))

    /// Fetches `model.pth` from `url`.
    func fetch(
        _ url: String, _ expected: ExpectedContent = Self.expected, force: Bool = false,
        progress: @escaping (FetchProgress) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(FetchError) -> FetchOutcome {
        let request = FetchRequest(url: url, fileName: Self.name, expected: expected, isForced: force)
        return try fetcher.fetch(request, into: cache, progress: progress, isCancelled: isCancelled)
    }

    /// Puts a file into the cache, as another program would.
    func put(_ bytes: [UInt8], as name: String = Self.name) throws {
        try cache.create()
        try Data(bytes).write(to: URL(fileURLWithPath: cache.path(of: name).string))
    }

    /// What a killed transfer left: `count` recorded bytes of `content` and `extra` unrecorded ones.
    func leavePartial(
        of content: [UInt8] = Self.content, count: Int, source: ContentSource, extra: [UInt8] = []
    ) throws {
        try cache.create()
        let claimed = try PartialFile.claim(Self.name, in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(source)
        try partial.append(Array(content[..<count]).rawSpan)
        try partial.record()
        guard !extra.isEmpty else { return }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial.path.string))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(extra))
        try handle.close()
    }

    /// The names in the cache, without the tag that every cache has.
    func names() throws -> [String] { try cache.names().filter { $0 != "CACHEDIR.TAG" } }

    func content(of name: String = Self.name) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: cache.path(of: name).string)))
    }
}
