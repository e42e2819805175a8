public import SystemPackage
public import ZooCore
import ZooGraph
public import ZooImage
import ZooRegistry
import ZooTensor

/// Several classifiers whose answers are put together.
///
/// Members with the same body share it: the body runs once for each image, and is stored once.
public struct EnsembleClassifier: Sendable {
    /// What each member says of the same images.
    public struct MemberOutputs: Sendable {
        /// The logits of each member.
        let logits: [Matrix]
        /// The sample of each row, the images that could not be read, and the layers that were slow.
        let outputs: NetworkRunner.Outputs
        /// Which sample each row belongs to.
        public var sampleIndices: [Int] { outputs.sampleIndices }
        /// The images that could not be read.
        public var failures: [ImageFailure] { outputs.failures }
        /// The layers for which there is no fast kernel, by name.
        public var slowLayers: [String] { outputs.slowLayers }
    }

    var sources: [EnsembleSource]
    /// Those that answer.
    public internal(set) var members: [Member]
    /// The names of the outputs, if they are known.
    public let classes: [String]?
    /// How their answers become one.
    public var combination: Combination
    /// The file that it comes from; empty if it comes from none.
    public var path: FilePath = ""
    /// What a file calls it: `bag`, say, which is an average too.
    var method: String

    /// How many networks run for each image.
    public var sourceCount: Int { sources.count }

    /// The name of a network that members have in common, or of all networks.
    public var architectures: [String] { sources.map(\.graph.name) }

    /// What they say together.
    public func combined(_ answers: MemberOutputs) -> NetworkRunner.Outputs {
        NetworkRunner.Outputs(
            rows: combination.combine(answers.logits), sampleIndices: answers.outputs.sampleIndices,
            failures: answers.outputs.failures, slowLayers: answers.outputs.slowLayers)
    }

    /// How well it and its members do.
    ///
    /// - Parameter labels: the right output of each row.
    /// - Precondition: there is a label for each row.
    public func judgement(_ answers: MemberOutputs, labels: [Int]) -> EnsembleJudgement {
        EnsembleJudgement(combination, logits: answers.logits, names: members.map(\.name), labels: labels)
    }
}

extension EnsembleClassifier: Classifier {
    /// Such as `average of 3 members`, with the networks.
    public var title: String {
        let names = Set(sources.map(\.graph.name)).sorted().joined(separator: ", ")
        return "\(method) of \(members.count) members (\(names))"
    }

    /// As many as each member has.
    public var outputCount: Int { members[0].outputs?.count ?? members[0].head.classCount }

    /// The SHA-256 over those of the bodies and what the members have of their own.
    public var weightsDigest: SHA256Digest {
        var sum = SHA256()
        for source in sources { sum.update(text: WeightsDigest.digest(source.parameters, of: source.graph).hex) }
        var heads = members.map(\.headTensors)
        if case .stack(let head) = combination { heads.append(head.tensors) }
        for tensors in heads {
            for (name, tensor) in tensors {
                sum.update(text: "head.\(name) \(tensor.shape)\n")
                sum.update(tensor.contiguousBytes)
            }
        }
        sum.update(text: "\(method) \(combination.shares(memberCount: members.count))")
        return sum.finish()
    }

    /// Whether the preprocessing of every member crops.
    public var hasFixedInputSize: Bool { sources.allSatisfy { $0.preprocessing.crop != nil } }

    /// What the members say together.
    public func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        combined(try memberOutputs(of: samples, running: running, views: [view], onProgress: onProgress))
    }
}

extension Matrix {
    /// The logarithms of the mean probabilities of several views; of one view the logits as they are.
    ///
    /// - Precondition: there is a view, and all have the same size.
    static func meanOverViews(_ logits: [Matrix]) -> Matrix {
        guard logits.count > 1 else { return logits[0] }
        return Combination.average(weights: Combination.equalWeights(logits.count)).combine(logits)
    }
}
