import SystemPackage
import Testing
import ZooCore

@testable import ZooCache

extension CacheItem {
    /// A finished file, for tests of what is decided about files.
    static func sample(
        _ name: String, bytes: Int = 100, unusedFor age: Double = 0, model: String? = nil, now: Double = 1e9
    ) -> CacheItem {
        var item = CacheItem(
            name: name, path: FilePath("/cache").appending(name), byteCount: bytes, modified: now - age,
            lastUsed: now - age)
        item.model = model
        return item
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", 0), ("17", 17), ("1B", 1), ("1k", 1000), ("1kB", 1000), ("1KiB", 1024), ("1.5MB", 1_500_000),
        ("1GB", 1_000_000_000), ("1gb", 1_000_000_000), ("2 GiB", 2_147_483_648), ("0.5T", 500_000_000_000),
        ("", nil), ("GB", nil), ("-1GB", nil), ("1XB", nil), ("1e9", nil), ("inf", nil), ("1..5", nil),
        ("99999999999TB", nil), ("1 G B", nil), ("٣GB", nil),
    ])
    func byteCounts(_ text: String, _ count: Int?) {
        #expect(Quantity.byteCount(text) == count)
    }

    @Test(arguments: [
        ("10s", 10), ("2min", 120), ("1h", 3600), ("30d", 2_592_000), ("1.5d", 129_600), ("2w", 1_209_600),
        ("1Y", 31_557_600), ("30", nil), ("d", nil), ("1m", nil), ("-1d", nil), ("", nil),
    ])
    func durations(_ text: String, _ seconds: Double?) {
        #expect(Quantity.seconds(text) == seconds)
    }
}

@Suite struct CacheFilterTests {
    static let day = 86_400.0

    @Test(arguments: [
        ("size>1kB", ["big"]), ("size<=1kB", ["exact", "small"]), ("size=1kB", ["exact"]),
        ("size!=1kB", ["big", "small"]),
        ("size>=1kB", ["big", "exact"]), ("size<1kB", ["small"]), (" SIZE > 1 KB ", ["big"]),
        ("age>30d", ["big"]), ("age<=30d", ["exact", "small"]), ("age<1d", ["small"]),
        ("name=*A*", ["exact", "small"]), ("name!=s*", ["big", "exact"]), ("name=BIG", ["big"]),
        ("model=resnet*", ["big", "exact"]), ("model=resnet18", ["big"]), ("model=resnet18:v1", ["big"]),
        ("model=resnet18:V2", []), ("model!=*", ["small"]), ("model!=resnet18", ["exact", "small"]),
        ("status=ok", ["exact"]), ("status!=ok", ["big", "small"]), ("status=Unchecked", ["big", "small"]),
    ])
    func whatFits(_ text: String, _ names: [String]) throws {
        var exact = CacheItem.sample("exact", bytes: 1000, unusedFor: 30 * Self.day, model: "resnet34:V1")
        exact.status = .ok
        let items = [
            CacheItem.sample("big", bytes: 1001, unusedFor: 31 * Self.day, model: "resnet18:V1"), exact,
            CacheItem.sample("small", bytes: 999),
        ]
        let filter = try CacheFilter(text)
        #expect(items.filter { filter.matches($0, now: 1e9) }.map(\.name) == names)
    }

    @Test(arguments: [
        ("size", "has no comparison"), ("", "has no comparison"), ("size!1", "has no comparison"),
        ("size>", "needs a size such as 500MB"), ("size>much", "not 'much'"), ("size=>1", "not '>1'"),
        ("age>30", "needs a duration such as 12h, 30d or 1y, not '30'"), ("name>a", "use = or !="),
        ("model<x", "use = or !="), ("status=fine", "needs a status: ok, unverified, unchecked, partial"),
        ("status>ok", "use = or !="), ("siez>1", "Did you mean 'size'?"),
        ("colour=red", "There are age, model, name, size, status to compare."), (">1", "compares ''"),
    ])
    func whatMakesNoSense(_ text: String, _ words: String) {
        let error = #expect(throws: CacheFilter.Malformed.self) { try CacheFilter(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.kind == .usage)
    }

    @Test(arguments: [
        ("name", ["a", "b", "c"]), ("name:desc", ["c", "b", "a"]), ("size", ["b", "a", "c"]),
        ("size:asc", ["a", "c", "b"]), ("age", ["c", "a", "b"]), ("age:asc", ["b", "a", "c"]),
        ("AGE:Asc", ["b", "a", "c"]),
    ])
    func orders(_ text: String, _ names: [String]) throws {
        let items = [
            CacheItem.sample("a", bytes: 1, unusedFor: 10), CacheItem.sample("b", bytes: 2, unusedFor: 5),
            CacheItem.sample("c", bytes: 1, unusedFor: 20),
        ]
        let order = try #require(CacheOrder(text))
        #expect(order.sorted(items).map(\.name) == names)
        #expect(order.sorted(items.reversed()).map(\.name) == names)
    }

    @Test(arguments: ["", "weight", "size:up", "size:", ":asc", "size:asc:desc"])
    func ordersThatAreNone(_ text: String) {
        #expect(CacheOrder(text) == nil)
    }
}
