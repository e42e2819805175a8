/// How the mobile networks round a number of channels that was multiplied by a width.
enum ChannelRounding {
    /// The nearest multiple of `divisor`, at least `divisor`, and the next one if that took away more than a tenth.
    ///
    /// Source: torchvision's `models/_utils.py`, `_make_divisible`, and `mnasnet.py`, `_round_to_multiple_of`.
    static func multiple(of divisor: Int, nearest value: Double) -> Int {
        let rounded = max(divisor, Int(value + Double(divisor) / 2) / divisor * divisor)
        return Double(rounded) < 0.9 * value ? rounded + divisor : rounded
    }
}
