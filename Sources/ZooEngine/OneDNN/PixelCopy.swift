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
    /// The bytes of a pixel.
    private let pixelByteCount: Int

    /// A copy between images of these shapes.
    ///
    /// - Parameters:
    ///   - sources: For every part of the result that has the input's channels the pixel of the input, or −1 for zeros.
    ///   - addsToDestination: Whether the pixels are added to what is there.
    /// - Precondition: Sums are those of float32.
    init(_ sources: [Int], input: Shape, output: Shape, _ element: Element, addsToDestination: Bool) {
        precondition(!addsToDestination || element == .float32, "sums of bfloat16")
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
        pixelByteCount = input[1] * element.byteCount
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (arguments.start(DNNL_ARG_SRC), arguments.start(DNNL_ARG_DST))
        Team.split(imageCount * runs.count) { range in
            for index in range {
                let (image, run) = (index / runs.count, runs[index % runs.count])
                let from = unsafe source + (image * sourcePixels + max(run.source, 0)) * pixelByteCount
                let to = unsafe target + (image * targetPixels + run.target) * pixelByteCount
                unsafe copy(run, from, to)
            }
        }
        return dnnl_success
    }

    private func copy(_ run: Run, _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) {
        let byteCount = run.count * pixelByteCount
        guard addsToDestination else {
            if run.source < 0 {
                unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            } else {
                unsafe target.copyMemory(from: source, byteCount: byteCount)
            }
            return
        }
        guard run.source >= 0 else { return }
        let terms = unsafe source.assumingMemoryBound(to: Float.self)
        let sums = unsafe target.assumingMemoryBound(to: Float.self)
        for index in 0..<run.count * channels { unsafe sums[index] += terms[index] }
    }
}
