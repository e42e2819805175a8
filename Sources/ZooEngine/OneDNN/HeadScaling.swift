import COneDNN
import Glibc
import ZooGraph
import ZooTensor

/// Gives queries and keys length one and multiplies the queries by a factor for each head, channels last.
///
/// Source and result may be the same memory. The weights are the logarithms of the factors.
final class HeadScaling: Work {
    let scratchpad: Layout? = nil
    private let heads: Int
    private let pixelCount: Int
    /// The channels of a pixel, and of a head.
    private let channels: Int
    private let width: Int

    /// For images of `shape`, whose channels are queries, keys and values.
    init(heads: Int, _ shape: Shape) {
        self.heads = heads
        pixelCount = shape[0] * shape[2] * shape[3]
        channels = shape[1]
        width = shape[1] / 3 / heads
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        let factors = unsafe HeadFactors(arguments.floats(DNNL_ARG_WEIGHTS), count: heads)
        let valueChannels = channels / 3
        Team.split(pixelCount) { range in
            for pixel in range {
                let (source, target) = unsafe (source + pixel * channels, target + pixel * channels)
                for head in 0..<2 * heads {
                    let (from, to) = unsafe (source + head * width, target + head * width)
                    let scale = unsafe factors[head] / max(Products.norm(from, width), HeadFactors.smallest)
                    for index in 0..<width { unsafe to[index] = from[index] * scale }
                }
                let first = 2 * valueChannels
                if unsafe source != target {
                    unsafe (target + first).update(from: source + first, count: valueChannels)
                }
            }
        }
        return dnnl_success
    }
}

/// What the queries of each head are multiplied by, and 1 for the keys.
struct HeadFactors {
    /// What the length of a vector counts as at least.
    static let smallest: Float = 1e-12

    /// The largest logarithm that counts.
    private static let largestLogarithm = log(Float(100))

    private let factors: [Float]
    /// Whether a factor grows with its logarithm; otherwise that is too large to count.
    private let grows: [Bool]

    init(_ logarithms: UnsafePointer<Float>, count: Int) {
        let logarithms = (0..<count).map { unsafe logarithms[$0] }
        factors = logarithms.map { exp(min($0, Self.largestLogarithm)) }
        grows = logarithms.map { $0 <= Self.largestLogarithm }
    }

    /// The factor of one of the heads, of queries and then of keys.
    subscript(head: Int) -> Float { head < factors.count ? factors[head] : 1 }

    /// The derivative of the factor by its logarithm.
    func slope(of head: Int) -> Float { grows[head] ? factors[head] : 0 }
}

/// Sums of products of neighbouring numbers; eight sums at a time, because the order of additions is kept.
enum Products {
    /// The Euclidean length of `count` numbers.
    static func norm(_ start: UnsafePointer<Float>, _ count: Int) -> Float {
        unsafe sum(start, start, count).squareRoot()
    }

    /// The sum of products of `count` pairs of numbers.
    static func sum(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ count: Int) -> Float {
        var sums = SIMD8<Float>.zero
        var index = 0
        while index + 8 <= count {
            let first = unsafe UnsafeRawPointer(left + index).loadUnaligned(as: SIMD8<Float>.self)
            sums += unsafe first * UnsafeRawPointer(right + index).loadUnaligned(as: SIMD8<Float>.self)
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            unsafe sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}
