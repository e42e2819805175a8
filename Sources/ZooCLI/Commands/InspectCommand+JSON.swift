import SystemPackage
import ZooCheckpoint
import ZooTensor

extension InspectCommand {
    /// The result as `--json` prints it.
    struct Answer: Encodable {
        struct Tensor: Encodable {
            let name, dtype: String
            let shape, stride: [Int]
            let offset: Int
            let storage: String
            let byteCount: Int
            let sha256: String?
            let statistics: Statistics?
            let quantisation: QuantisationAnswer?
            /// `conj` and `neg`, where they are set: the listed values are those that PyTorch shows.
            let bits: [String]?
        }

        struct Statistics: Encodable {
            let min, max, mean, std: Double?
            let zeros, nans, infinities: Int
        }

        struct QuantisationAnswer: Encodable {
            let scale: Double?
            let zeroPoint: Int?
            let axis: Int?
            let scales, zeroPoints: String?
        }

        struct Unread: Encodable {
            let name, reason: String
        }

        struct Producer: Encodable {
            let name, value: String
        }

        let path: String
        let format: String
        let tensors: [Tensor]
        let metadata: [String: CheckpointFacts.Fact]
        let globals: [String]
        let hiddenTensorCount: Int
        let unread: [Unread]
        let producer: [Producer]
        let sharedStorages: [[String]]
        let pickleProtocol: Int?
        let byteOrder: String

        /// - Parameter looks: what was found in the values of each tensor, in the order of the checkpoint's.
        init(_ checkpoint: Checkpoint, _ looks: [Look]) {
            path = checkpoint.path.string
            format = checkpoint.format.rawValue
            tensors = checkpoint.tensors.enumerated().map { index, entry in
                Tensor(
                    name: entry.name, dtype: entry.dtype.name, shape: entry.shape.sizes,
                    stride: entry.layout.strides, offset: entry.layout.offset, storage: entry.storage,
                    byteCount: entry.layout.byteCount, sha256: looks[index].digest,
                    statistics: looks[index].statistics.map(Self.statistics),
                    quantisation: entry.quantisation.map(Self.quantisation), bits: Self.bits(entry))
            }
            metadata = Dictionary(
                CheckpointFacts(checkpoint).pairs.map { ($0.name, $0.fact) }, uniquingKeysWith: { first, _ in first })
            globals = checkpoint.globals
            hiddenTensorCount = checkpoint.hiddenTensorCount
            unread = checkpoint.unread.map { Unread(name: $0.name, reason: $0.reason) }
            producer = checkpoint.producerFacts.map { Producer(name: $0.name, value: $0.value) }
            sharedStorages = checkpoint.sharedStorages
            pickleProtocol = checkpoint.pickleProtocol
            byteOrder = checkpoint.isBigEndian ? "big" : "little"
        }

        private static func statistics(_ statistics: TensorStatistics) -> Statistics {
            Statistics(
                min: statistics.minimum, max: statistics.maximum, mean: statistics.mean,
                std: statistics.standardDeviation, zeros: statistics.zeroCount, nans: statistics.nanCount,
                infinities: statistics.infinityCount)
        }

        private static func quantisation(_ quantisation: Quantisation) -> QuantisationAnswer {
            switch quantisation {
            case .perTensor(let scale, let zeroPoint):
                QuantisationAnswer(scale: scale, zeroPoint: zeroPoint, axis: nil, scales: nil, zeroPoints: nil)
            case .perChannel(let axis, let scales, let zeroPoints):
                QuantisationAnswer(scale: nil, zeroPoint: nil, axis: axis, scales: scales, zeroPoints: zeroPoints)
            }
        }

        private static func bits(_ entry: TensorEntry) -> [String]? {
            let bits = (entry.isConjugated ? ["conj"] : []) + (entry.isNegated ? ["neg"] : [])
            return bits.isEmpty ? nil : bits
        }
    }
}
