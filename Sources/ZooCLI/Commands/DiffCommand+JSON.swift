import ZooCheckpoint
import ZooTensor

extension DiffCommand {
    /// The result as `--json` prints it.
    struct Answer: Encodable {
        struct Single: Encodable {
            let name, dtype: String
            let shape: [Int]

            init(_ single: CheckpointDiff.Single) {
                name = single.name
                dtype = single.dtype.name
                shape = single.shape.sizes
            }
        }

        struct Renamed: Encodable {
            let a, b: String
        }

        struct Values: Encodable {
            let elements, differing: Int
            let maxAbsolute, meanAbsolute, maxRelative, meanRelative: Double
        }

        struct Changed: Encodable {
            let name: String
            let a, b: Single
            let values: Values?
        }

        struct Redescribed: Encodable {
            let name, a, b: String
        }

        struct Uncompared: Encodable {
            let name: String
            /// Where it cannot be read: `a`, `b` or `both`.
            let `in`: String
            let reason: String
            /// Whether the other file has no tensor of this name.
            let alone: Bool
        }

        struct Parts: Encodable {
            let a, b: String
        }

        /// `same`, `different`, or `incomplete` if no difference was found but not everything was compared.
        let result: String
        let parts: Parts
        let same: Int
        let onlyInA, onlyInB: [Single]
        let renamed: [Renamed]
        let different: [Changed]
        let redescribed: [Redescribed]
        let notCompared: [Uncompared]

        init(_ diff: CheckpointDiff) {
            result = !diff.isEmpty ? "different" : diff.isWhole ? "same" : "incomplete"
            parts = Parts(a: diff.parts.left, b: diff.parts.right)
            same = diff.sameCount
            onlyInA = diff.onlyLeft.map { Single($0) }
            onlyInB = diff.onlyRight.map { Single($0) }
            renamed = diff.renamed.map { Renamed(a: $0.left, b: $0.right) }
            redescribed = diff.redescribed.map { Redescribed(name: $0.name, a: $0.left, b: $0.right) }
            notCompared = diff.uncompared.map { tensor in
                let side =
                    switch tensor.side {
                    case .left: "a"
                    case .right: "b"
                    case .both: "both"
                    }
                return Uncompared(name: tensor.name, in: side, reason: tensor.reason, alone: tensor.isAlone)
            }
            different = diff.changed.map { change in
                Changed(
                    name: change.name,
                    a: Single(.init(name: change.left.name, dtype: change.left.dtype, shape: change.left.shape)),
                    b: Single(.init(name: change.right.name, dtype: change.right.dtype, shape: change.right.shape)),
                    values: change.values.map {
                        Values(
                            elements: $0.elementCount, differing: $0.differingCount, maxAbsolute: $0.largestAbsolute,
                            meanAbsolute: $0.meanAbsolute, maxRelative: $0.largestRelative,
                            meanRelative: $0.meanRelative)
                    })
            }
        }
    }
}
