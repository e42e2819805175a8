import COneDNN
import ZooTensor

/// A class token and an image's pixels, channels last, plus a number for each channel of each.
///
/// Sources are the images, the token and the positions, pixel by pixel.
final class TokenSum: Work {
    let scratchpad: Layout? = nil
    private let imageCount: Int
    private let channels: Int
    private let length: Int

    init(output: Shape) {
        (imageCount, channels, length) = (output[0], output[1], output[3])
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC_0), arguments.floats(DNNL_ARG_DST))
        let (token, positions) = unsafe (arguments.floats(DNNL_ARG_SRC_1), arguments.floats(DNNL_ARG_SRC_2))
        let pixels = (length - 1) * channels
        Team.split(imageCount) { range in
            for image in range {
                let (source, target) = unsafe (source + image * pixels, target + image * length * channels)
                for index in 0..<channels { unsafe target[index] = token[index] + positions[index] }
                for index in 0..<pixels {
                    unsafe target[channels + index] = positions[channels + index] + source[index]
                }
            }
        }
        return dnnl_success
    }
}

/// The sum over the images of a batch, whatever lies in them.
final class BatchSum: Work {
    let scratchpad: Layout? = nil
    private let imageCount: Int
    private let elementCount: Int

    /// - Parameter elementCount: the numbers of an image.
    init(imageCount: Int, elementCount: Int) {
        (self.imageCount, self.elementCount) = (imageCount, elementCount)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        Team.split(elementCount) { range in
            unsafe (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
            for image in 1..<max(imageCount, 1) {
                let other = unsafe source + image * elementCount
                for index in range { unsafe target[index] += other[index] }
            }
        }
        return dnnl_success
    }
}

/// A copy of numbers that lie alike, of which some may become zero.
final class FloatCopy: Work {
    let scratchpad: Layout? = nil
    private let count: Int
    private let zeros: Range<Int>

    init(count: Int, zeros: Range<Int> = 0..<0) {
        precondition(zeros.isEmpty || zeros.upperBound <= count, "zeros outside")
        (self.count, self.zeros) = (count, zeros)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        if unsafe source != target { unsafe target.update(from: source, count: count) }
        for index in zeros { unsafe target[index] = 0 }
        return dnnl_success
    }
}
