import COneDNN
import ZooGraph
import ZooTensor

/// Gives queries and keys length one and multiplies the queries by a factor for each head, in place, channels last.
final class HeadScaling: Work {
    let scratchpad: Layout? = nil
    private let factors: [Float]
    private let pixelCount: Int
    /// The channels of a pixel, and of a head.
    private let channels: Int
    private let width: Int

    /// For images of `shape`, whose channels are queries, keys and values.
    init(factors: [Float], _ shape: Shape) {
        self.factors = factors
        pixelCount = shape[0] * shape[2] * shape[3]
        channels = shape[1]
        width = shape[1] / 3 / factors.count
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let data = unsafe arguments.floats(DNNL_ARG_DST)
        let heads = factors.count
        Team.split(pixelCount) { range in
            for pixel in range {
                for head in 0..<2 * heads {
                    let start = unsafe data + pixel * channels + head * width
                    let factor = head < heads ? factors[head] : 1
                    let scale = unsafe factor / max(Self.norm(start, width), 1e-12)
                    for index in 0..<width { unsafe start[index] *= scale }
                }
            }
        }
        return dnnl_success
    }

    /// The Euclidean length of `count` numbers; eight sums at a time, because the order of additions is kept.
    private static func norm(_ start: UnsafePointer<Float>, _ count: Int) -> Float {
        var sums = SIMD8<Float>.zero
        var index = 0
        while index + 8 <= count {
            let values = unsafe UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<Float>.self)
            sums += values * values
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            unsafe sum += start[index] * start[index]
            index += 1
        }
        return sum.squareRoot()
    }
}
