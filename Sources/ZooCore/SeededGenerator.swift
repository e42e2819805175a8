/// A random number generator whose sequence follows from its seed alone, on every machine.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Not for secrets.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence that belongs to `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// Starts a sequence of its own for one purpose, such as the shuffling of one epoch.
    ///
    /// Sequences of different purposes of the same seed do not resemble each other.
    public init(seed: UInt64, stream: UInt64) {
        var mixer = SeededGenerator(seed: seed)
        state = mixer.next() ^ (stream &* 0xd134_2543_de82_ef95)
    }

    /// A seed that follows from another one and a number, such as that of an epoch.
    public static func mixed(_ seed: UInt64, _ stream: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed, stream: stream)
        return generator.next()
    }

    /// The next 64 bits of the sequence.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number drawn evenly from 0 up to but not including 1, with 24 random bits.
    public mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }
}
