import Testing

@testable import ZooCache

@Suite struct PrunePlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var olderThan: Double?
        var maximum: Int?
        var unregistered = false
        var partials = false
        var removed: [String] = ["gone.partial", "py.old"]
        var reasons: [PrunePlan.Reason] = [.abandonedPartial, .abandonedPartial]
        var inUse: [String] = []
        let left: Int
    }

    private static let day = 86_400.0

    /// 1000 bytes of finished files and 40 of downloads.
    private static var items: [CacheItem] {
        var items = [
            CacheItem.sample("new", bytes: 100, unusedFor: 1, model: "m"),
            CacheItem.sample("mine", bytes: 200, unusedFor: day),
            CacheItem.sample("month", bytes: 300, unusedFor: 31 * day, model: "m"),
            CacheItem.sample("year", bytes: 400, unusedFor: 400 * day),
            CacheItem.sample("link", bytes: 5000, unusedFor: 20 * day, model: "m"),
            CacheItem.sample("young.partial", bytes: 10, unusedFor: 3600),
            CacheItem.sample("gone.partial", bytes: 10, unusedFor: 2 * day),
            CacheItem.sample("py.young", bytes: 10, unusedFor: 60),
            CacheItem.sample("py.old", bytes: 10, unusedFor: 660),
        ]
        items[4].isLink = true
        for index in 5...6 { items[index].kind = .resumable }
        for index in 7...8 { items[index].kind = .foreign }
        return items
    }

    @Test(arguments: [
        Row(testDescription: "no rule", left: 1020),
        Row(
            testDescription: "partials", partials: true, removed: ["gone.partial", "young.partial", "py.old"],
            reasons: [.abandonedPartial, .partial, .abandonedPartial], left: 1010),
        Row(
            testDescription: "old", olderThan: 30 * day, removed: ["year", "month", "gone.partial", "py.old"],
            reasons: [.old, .old, .abandonedPartial, .abandonedPartial], left: 320),
        Row(
            testDescription: "exactly as old is not older", olderThan: 400 * day, left: 1020),
        Row(
            testDescription: "unregistered", unregistered: true, removed: ["year", "gone.partial", "mine", "py.old"],
            reasons: [.unregistered, .abandonedPartial, .unregistered, .abandonedPartial], left: 420),
        Row(testDescription: "size that it has", maximum: 1020, left: 1020),
        Row(
            testDescription: "one byte less: the longest unused", maximum: 1019,
            removed: ["gone.partial", "py.old", "year"], reasons: [.abandonedPartial, .abandonedPartial, .size],
            left: 620),
        Row(
            testDescription: "links free nothing and stay", maximum: 619,
            removed: ["gone.partial", "py.old", "year", "month"],
            reasons: [.abandonedPartial, .abandonedPartial, .size, .size], left: 320),
        Row(
            testDescription: "what no rule can reach", maximum: 0,
            removed: ["gone.partial", "py.old", "year", "month", "mine", "new"],
            reasons: [.abandonedPartial, .abandonedPartial, .size, .size, .size, .size], left: 20),
        Row(
            testDescription: "age first, then size", olderThan: 365 * day, maximum: 500,
            removed: ["year", "gone.partial", "py.old", "month"],
            reasons: [.old, .abandonedPartial, .abandonedPartial, .size], left: 320),
    ])
    func plans(_ row: Row) {
        var rule = PrunePlan.Rule()
        rule.olderThan = row.olderThan
        rule.maximumByteCount = row.maximum
        rule.unregistered = row.unregistered
        rule.partials = row.partials
        let plan = PrunePlan(CacheInventory(items: Self.items), rule, now: 1e9)
        #expect(plan.removals.map(\.item.name) == row.removed)
        #expect(plan.removals.map(\.reason) == row.reasons)
        #expect(plan.remainingByteCount == row.left)
        #expect(plan.freedByteCount == 1040 - row.left)
        #expect(plan.inUse == [])
    }

    @Test func whatIsInUseStaysAndTheNextOneGoes() {
        var items = Self.items
        items[3].isInUse = true  // year
        var rule = PrunePlan.Rule()
        rule.maximumByteCount = 800
        let plan = PrunePlan(CacheInventory(items: items), rule, now: 1e9)
        #expect(plan.inUse.map(\.name) == ["year"])
        #expect(plan.removals.map(\.item.name).suffix(1) == ["month"])
        rule = PrunePlan.Rule()
        rule.olderThan = 365 * Self.day
        #expect(PrunePlan(CacheInventory(items: items), rule, now: 1e9).inUse.map(\.name) == ["year"])
    }

    @Test func anEmptyCacheNeedsNoPlan() {
        let plan = PrunePlan(CacheInventory(items: []), PrunePlan.Rule(), now: 1e9)
        #expect(plan.removals == [] && plan.remainingByteCount == 0)
    }
}
