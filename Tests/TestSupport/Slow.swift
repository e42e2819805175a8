import Foundation
public import Testing

extension Trait where Self == ConditionTrait {
    /// Of a test or suite that takes seconds rather than milliseconds: `make check`, which sets `ZOO_QUICK_TESTS`, leaves it
    /// out, saying so; `make test` runs everything.
    public static var slow: Self {
        .disabled(if: ProcessInfo.processInfo.environment["ZOO_QUICK_TESTS"] != nil, "slow: 'make test' runs it")
    }
}
