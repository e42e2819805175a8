import COneDNN
import ZooGraph
import ZooTensor

/// Copies pixels to other places, channels last: windows and back, squares, the first token. No kernel of oneDNN's does.
final class PixelCopy: Work {
    /// Neighbouring pixels whose sources are neighbours too.
    private struct Run {
        var target: Int
        /// Negative for zeros.
        var source: Int
        var count: Int

        func isContinued(by pixel: Int) -> Bool {
            source < 0 ? pixel < 0 : pixel == source + count
        }
    }

    let scratchpad: Layout? = nil
    private let runs: [Run]
    private let imageCount: Int
    private let channels: Int
    /// The pixels of an image, of the source and of the result; those of the result have the source's channels.
    private let sourcePixels: Int
    private let targetPixels: Int
    private let addsToDestination: Bool

    /// A copy between images of these shapes.
    ///
    /// - Parameters:
    ///   - sources: For every part of the result that has the input's channels the pixel of the input, or −1 for zeros.
    ///   - addsToDestination: Whether the pixels are added to what is there.
    init(_ sources: [Int], input: Shape, output: Shape, addsToDestination: Bool) {
        var runs: [Run] = []
        for (target, source) in sources.enumerated() {
            if let last = runs.last, last.isContinued(by: source) {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(Run(target: target, source: source, count: 1))
            }
        }
        self.runs = runs
        imageCount = output[0]
        channels = input[1]
        sourcePixels = input[2] * input[3]
        targetPixels = sources.count
        self.addsToDestination = addsToDestination
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        Team.split(imageCount * runs.count) { range in
            for index in range {
                let (image, run) = (index / runs.count, runs[index % runs.count])
                unsafe copy(run, source + image * sourcePixels * channels, target + image * targetPixels * channels)
            }
        }
        return dnnl_success
    }

    private func copy(_ run: Run, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        let count = run.count * channels
        let target = unsafe target + run.target * channels
        if run.source < 0 {
            if !addsToDestination { unsafe target.update(repeating: 0, count: count) }
        } else if addsToDestination {
            let source = unsafe source + run.source * channels
            for index in 0..<count { unsafe target[index] += source[index] }
        } else {
            unsafe target.update(from: source + run.source * channels, count: count)
        }
    }
}

/// A class token and an image's pixels, channels last, plus a number for each channel of each.
final class TokenSum: Work {
    let scratchpad: Layout? = nil
    /// What is added, place by place; the token is part of the first.
    private let first: [Float]
    private let imageCount: Int
    private let channels: Int

    init(_ first: [Float], output: Shape) {
        self.first = first
        imageCount = output[0]
        channels = output[1]
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.floats(DNNL_ARG_SRC), arguments.floats(DNNL_ARG_DST))
        let pixels = first.count - channels
        unsafe first.withUnsafeBufferPointer { first in
            Team.split(imageCount) { range in
                for image in range {
                    let (source, target) = unsafe (source + image * pixels, target + image * first.count)
                    for index in 0..<channels { unsafe target[index] = first[index] }
                    for index in 0..<pixels {
                        unsafe target[channels + index] = first[channels + index] + source[index]
                    }
                }
            }
        }
        return dnnl_success
    }
}
