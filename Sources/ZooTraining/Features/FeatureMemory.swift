import Synchronization
import ZooImage

/// Features that several trainings of one process share, so that the images are looked at once for all of them.
///
/// For one network: whoever trains heads on another one takes another memory.
public final class FeatureMemory: Sendable {
    /// Everything that features depend on, besides the network.
    struct Key: Hashable {
        let train: [ImageSample]
        let validation: [ImageSample]
        let augmentation: Augmentation
        /// The seed and the number of copies, where they matter.
        let draws: [UInt64]
        let running: NetworkRunner.Options
    }

    private struct State {
        var known: [Key: FineTuner.Features] = [:]
        var byteCount = 0
    }

    private let byteLimit: Int
    private let state = Mutex(State())

    /// An empty memory.
    ///
    /// - Parameter byteLimit: how much is kept; when it is full, all is forgotten.
    public init(byteLimit: Int = 1 << 30) {
        self.byteLimit = byteLimit
    }

    func features(for key: Key) -> FineTuner.Features? {
        state.withLock { state in
            guard var features = state.known[key] else { return nil }
            features.computedCount = 0
            return features
        }
    }

    func keep(_ features: FineTuner.Features, for key: Key) {
        let sets = features.copies + [features.validation]
        let size = sets.reduce(0) { $0 + $1.features.values.count * MemoryLayout<Float>.size }
        state.withLock { state in
            if state.byteCount + size > byteLimit { state = State() }
            guard size <= byteLimit else { return }
            state.known[key] = features
            state.byteCount += size
        }
    }
}
