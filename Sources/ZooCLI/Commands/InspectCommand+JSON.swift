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
        }

        let path: String
        let format: String
        let tensors: [Tensor]
        let metadata: [String: CheckpointFacts.Fact]
        let globals: [String]
        let hiddenTensorCount: Int
        let pickleProtocol: Int
        let byteOrder: String

        /// - Parameter digests: the SHA-256 of each tensor, in the order of the checkpoint's; empty if not asked for.
        init(_ checkpoint: Checkpoint, digests: [String]) {
            path = checkpoint.path.string
            format = checkpoint.format.rawValue
            tensors = checkpoint.tensors.enumerated().map { index, entry in
                Tensor(
                    name: entry.name, dtype: entry.dtype.name, shape: entry.shape.sizes,
                    stride: entry.layout.strides, offset: entry.layout.offset, storage: entry.storage,
                    byteCount: entry.layout.byteCount, sha256: digests.isEmpty ? nil : digests[index])
            }
            metadata = Dictionary(
                CheckpointFacts(checkpoint).pairs.map { ($0.name, $0.fact) }, uniquingKeysWith: { first, _ in first })
            globals = checkpoint.globals
            hiddenTensorCount = checkpoint.hiddenTensorCount
            pickleProtocol = checkpoint.pickleProtocol
            byteOrder = checkpoint.isBigEndian ? "big" : "little"
        }
    }
}
