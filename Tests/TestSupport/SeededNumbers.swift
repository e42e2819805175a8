/// Numbers that depend on a name only, computed alike in fixtures/generators/networks.py, so that no weights are stored.
public enum SeededNumbers {
    /// `count` numbers in 0..<1: SplitMix64 of a counter that begins at the FNV-1a hash of `name`.
    public static func uniform(_ name: String, _ count: Int) -> [Double] {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<count).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Double(z >> 40) / 16_777_216
        }
    }

    /// `count` bytes.
    public static func bytes(_ name: String, _ count: Int) -> [UInt8] {
        uniform(name, count).map { UInt8($0 * 256) }
    }

    /// The elements of a tensor of moderate size: weights keep the variance of what they multiply, variances stay positive.
    public static func values(_ name: String, _ sizes: [Int]) -> [Float] {
        let uniform = uniform(name, sizes.reduce(1, *))
        if name.hasSuffix("running_var") || sizes.count == 1 && name.hasSuffix("weight")
            || name.hasSuffix("layer_scale")
        {
            return uniform.map { Float(0.5 + $0) }
        }
        if sizes.count == 1 { return uniform.map { Float(($0 - 0.5) * 0.5) } }
        if name == "images" { return uniform.map { Float(($0 - 0.5) * 4) } }
        let fan = Double(sizes.dropFirst().reduce(1, *))
        return uniform.map { Float(($0 - 0.5) * (2 * (6 / fan).squareRoot())) }
    }
}
