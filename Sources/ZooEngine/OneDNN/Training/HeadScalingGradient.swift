import COneDNN
import ZooTensor

/// The derivative of ``HeadScaling``.
///
/// With `n = ‖q‖` and `y = f·q/n`: `∂q = f/n · (g − q·⟨q, g⟩/n²)` and `∂f = ⟨q, g⟩/n`; where the length counts as 1e-12
/// only the first term is left. The gradient of values is theirs; that of the weights is by the logarithm of the factors.
final class HeadScalingGradient: Work {
    let scratchpad: Layout?
    private let heads: Int
    private let pixelCount: Int
    /// The channels of a pixel, and of a head.
    private let channels: Int
    private let width: Int

    /// For images of `shape`, whose channels are queries, keys and values.
    init(heads: Int, _ shape: Shape) throws(EngineError) {
        self.heads = heads
        pixelCount = shape[0] * shape[2] * shape[3]
        channels = shape[1]
        width = shape[1] / 3 / heads
        scratchpad = try .plain([pixelCount * heads])
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, slope) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DIFF_DST))
        let (target, along) = unsafe (arguments.floats(DNNL_ARG_DIFF_SRC), arguments.floats(DNNL_ARG_SCRATCHPAD))
        let factors = unsafe HeadFactors(arguments.floats(DNNL_ARG_WEIGHTS), count: heads)
        let heads = heads
        Team.split(pixelCount) { range in
            for pixel in range {
                let (first, last) = (pixel * channels, pixel * channels + 2 * channels / 3)
                for head in 0..<2 * heads {
                    let place = first + head * width
                    let part = unsafe differentiate(source + place, slope + place, factors[head], to: target + place)
                    if head < heads { unsafe along[pixel * heads + head] = part }
                }
                unsafe (target + last).update(from: slope + last, count: channels / 3)
            }
        }
        let sums = unsafe arguments.floats(DNNL_ARG_DIFF_WEIGHTS)
        for head in 0..<heads {
            let sum = (0..<pixelCount).reduce(0.0) { unsafe $0 + Double(along[$1 * heads + head]) }
            unsafe sums[head] = Float(sum) * factors.slope(of: head)
        }
        return dnnl_success
    }

    /// - Returns: `⟨q, g⟩/n`.
    private func differentiate(
        _ vector: UnsafePointer<Float>, _ slope: UnsafePointer<Float>, _ factor: Float,
        to target: UnsafeMutablePointer<Float>
    ) -> Float {
        let length = unsafe Products.norm(vector, width)
        let along = unsafe Products.sum(vector, slope, width)
        let bounded = max(length, HeadFactors.smallest)
        let turned = length < HeadFactors.smallest ? 0 : along / (length * length)
        let scale = factor / bounded
        for index in 0..<width { unsafe target[index] = scale * (slope[index] - vector[index] * turned) }
        return along / bounded
    }
}
