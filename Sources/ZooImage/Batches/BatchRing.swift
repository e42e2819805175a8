internal import ZooCore

/// What became of one image.
enum ImageOutcome: Sendable {
    case pending
    case loaded
    case failed(ImageError)
}

/// A batch in the making.
struct BatchSlot {
    let buffer: PixelBuffer
    var outcomes: [ImageOutcome] = []
    var pendingCount = 0

    /// Makes the slot ready for `count` images.
    mutating func begin(_ count: Int) {
        outcomes = [ImageOutcome](repeating: .pending, count: count)
        pendingCount = count
    }
}

/// The memory that decoding threads and the consumer share: a few batches, used in turn.
///
/// A thread claims one image at a time, in order, as long as its batch is among those that may exist; the consumer takes
/// the oldest batch when its images are done and gives it back for a later one.
final class BatchRing: Sendable {
    /// Where an image belongs.
    struct Position {
        /// The index of the sample.
        let sample: Int
        /// The batch, modulo the number of slots.
        let slot: Int
        /// The place in the batch.
        let offset: Int
    }

    private struct State {
        var slots: [BatchSlot]
        var nextSample = 0
        var releasedCount = 0
        var isPaused = false
        var isStopped = false
    }

    private static let slotCount = 3

    private let sampleCount: Int
    private let batchSize: Int
    private let imageElementCount: Int
    private let buffers: [PixelBuffer]
    private let state: Monitor<State>

    init(sampleCount: Int, batchSize: Int, imageElementCount: Int) {
        self.sampleCount = sampleCount
        self.batchSize = batchSize
        self.imageElementCount = imageElementCount
        let batchCount = (sampleCount + batchSize - 1) / batchSize
        let buffers = (0..<min(Self.slotCount, batchCount)).map { _ in
            PixelBuffer(count: batchSize * imageElementCount)
        }
        self.buffers = buffers
        var slots = buffers.map { BatchSlot(buffer: $0) }
        for number in slots.indices {
            slots[number].begin(min(batchSize, sampleCount - number * batchSize))
        }
        state = Monitor(State(slots: slots))
    }

    /// The next image to load, or `nil` if there is none any more. Waits while all slots are full, and while paused.
    func claim() -> Position? {
        state.wait { state in
            if state.isStopped || state.nextSample >= sampleCount { return .some(nil) }
            let batch = state.nextSample / batchSize
            guard !state.isPaused, batch < state.releasedCount + buffers.count else { return nil }
            defer { state.nextSample += 1 }
            return Position(
                sample: state.nextSample, slot: batch % buffers.count, offset: state.nextSample % batchSize)
        }
    }

    /// Records what became of an image.
    func finish(_ position: Position, _ outcome: ImageOutcome) {
        state.change { state in
            state.slots[position.slot].outcomes[position.offset] = outcome
            state.slots[position.slot].pendingCount -= 1
            return state.slots[position.slot].pendingCount == 0
        }
    }

    /// The memory of one image; nobody else touches it until it is finished.
    func withPixels(at position: Position, _ body: (inout MutableSpan<Float>) -> Void) {
        buffers[position.slot].withElements(
            at: position.offset * imageElementCount, count: imageElementCount, body)
    }

    /// Waits until all images of batch `number` are finished; then no further image is claimed until its release.
    func takeBatch(_ number: Int) -> BatchSlot {
        state.wait { state in
            let slot = state.slots[number % buffers.count]
            guard slot.pendingCount == 0 else { return nil }
            state.isPaused = true
            return slot
        }
    }

    /// Gives the memory of batch `number`, the oldest one, to a later batch, and lets images be claimed again.
    func release(_ number: Int) {
        state.change { state in
            let later = number + buffers.count
            let count = min(batchSize, sampleCount - later * batchSize)
            if count > 0 { state.slots[number % buffers.count].begin(count) }
            state.releasedCount = number + 1
            state.isPaused = false
            return true
        }
    }

    /// Lets no further image be claimed.
    func stop() {
        state.change { state in
            state.isStopped = true
            return true
        }
    }
}
