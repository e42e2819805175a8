import Testing

@testable import ZooEngine

@Suite struct ArenaPlannerTests {
    @Test func buffersOfDifferentTimesShareAPlace() {
        let plan = ArenaPlanner([
            .init(byteCount: 128, lifetime: 0...1), .init(byteCount: 64, lifetime: 1...2),
            .init(byteCount: 128, lifetime: 2...3), .init(byteCount: 1, lifetime: 3...4),
        ])
        #expect(plan.offsets == [0, 128, 0, 128])
        #expect(plan.byteCount == 192)
    }

    @Test func theSmallestGapIsTaken() {
        let plan = ArenaPlanner([
            .init(byteCount: 640, lifetime: 0...0), .init(byteCount: 576, lifetime: 1...1),
            .init(byteCount: 512, lifetime: 0...1), .init(byteCount: 64, lifetime: 1...1),
        ])
        #expect(plan.offsets == [0, 0, 640, 576])
    }

    @Test("no two buffers that live together overlap", arguments: 0..<50)
    func random(seed: Int) {
        let numbers = Seeded.uniform("arena \(seed)", 90)
        let buffers = (0..<30).map { index in
            let start = Int(numbers[3 * index] * 20)
            return ArenaPlanner.Buffer(
                byteCount: Int(numbers[3 * index + 1] * 1000),
                lifetime: start...start + Int(numbers[3 * index + 2] * 8))
        }
        let plan = ArenaPlanner(buffers)
        for (index, buffer) in buffers.enumerated() {
            let place = plan.offsets[index]..<plan.offsets[index] + buffer.byteCount
            #expect(place.lowerBound % 64 == 0 && place.upperBound <= plan.byteCount)
            for (other, rival) in buffers.enumerated().dropFirst(index + 1)
            where rival.lifetime.overlaps(buffer.lifetime) {
                #expect(!place.overlaps(plan.offsets[other]..<plan.offsets[other] + rival.byteCount))
            }
        }
        #expect(ArenaPlanner([]).byteCount == 0)
    }
}
