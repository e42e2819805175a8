/// How long to wait before a request is sent again: twice as long each time, with jitter, so that many clients that failed
/// together do not come back together.
///
/// A pure value: with the same seed come the same waits.
struct Backoff: Sendable, Hashable {
    /// Milliseconds before the first repetition.
    var firstDelay = 500
    /// The longest wait of its own accord, in milliseconds.
    var longestDelay = 30_000
    /// The longest wait that a server may ask for with `Retry-After`, in seconds.
    var longestAskedDelay = 300
    /// The state of the generator of jitter; `nil` for waits without any.
    var seed: UInt64?

    /// The wait before the `count`-th repetition in a row, from 1, in milliseconds.
    ///
    /// Without a wish of the server: between half of `firstDelay · 2^(count-1)`, capped, and all of it. With one: what it
    /// asks for and up to a tenth more, and never less than without.
    ///
    /// - Parameter seconds: What the server asked for.
    /// - Returns: `nil` if the server asks for more than ``longestAskedDelay``.
    mutating func delay(beforeRepetition count: Int, askedFor seconds: Int? = nil) -> Int? {
        let whole = min(firstDelay << min(max(count - 1, 0), 16), longestDelay)
        let own = whole - random(upTo: whole / 2)
        guard let seconds else { return own }
        guard seconds <= longestAskedDelay else { return nil }
        let asked = max(seconds, 0) * 1000
        return max(asked + random(upTo: asked / 10), own)
    }

    /// A number in 0…`limit` (SplitMix64; Steele, Lea and Flood 2014).
    private mutating func random(upTo limit: Int) -> Int {
        guard let state = seed, limit > 0 else { return 0 }
        let next = state &+ 0x9E37_79B9_7F4A_7C15
        seed = next
        var mixed = next
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed % UInt64(limit + 1))
    }
}
