import Foundation
public import Testing

/// Whether `make check` runs the tests, which sets `ZOO_QUICK_TESTS`.
private let isQuick = ProcessInfo.processInfo.environment["ZOO_QUICK_TESTS"] != nil

extension Trait where Self == ConditionTrait {
    /// Of a test or suite that takes seconds rather than milliseconds: `make check` leaves it out, saying so; `make test`
    /// runs everything.
    public static var slow: Self { .disabled(if: isQuick, "slow: 'make test' runs it") }
}

extension Array {
    /// Cases of a long table whose rows find the same kinds of mistakes: `make check` takes `count` of them, evenly from the
    /// first to the last; `make test` runs all.
    public func thinned(to count: Int) -> [Element] {
        guard isQuick, count < self.count else { return self }
        return (0..<count).map { self[$0 * (self.count - 1) / Swift.max(count - 1, 1)] }
    }

    /// Cases of which only some are quick: `make check` takes those, `make test` runs all.
    public func quickOnes(_ isQuickCase: (Element) -> Bool) -> [Element] {
        isQuick ? filter(isQuickCase) : self
    }
}
