import SystemPackage
import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// Computes features of images, or finds them in a store.
struct FeatureExtractor {
    /// The network up to its head.
    let graph: Graph
    let parameters: [String: Tensor]
    let preprocessing: Preprocessing
    let running: NetworkRunner.Options
    /// Where features are kept; nowhere if `nil`.
    let store: FeatureStore?

    /// The features of some images, and how many of them had to be computed.
    struct Result {
        var outputs: NetworkRunner.Outputs
        var computedCount: Int
        /// Why new features could not be kept, if they could not; worth a warning.
        var storeFailure: (any Error)?
    }

    /// The features of `samples`.
    ///
    /// - Parameters:
    ///   - augmentation: what is done to each image before.
    ///   - seed: what the augmentation draws follows from, with the image's bytes.
    ///   - onProgress: called with the number of images that are done.
    func run(
        _ samples: [ImageSample], augmentation: Augmentation = .none, seed: UInt64 = 0,
        onProgress: (Int) throws -> Void
    ) throws -> Result {
        var running = running
        running.keepsBatchSize = true
        let runner = NetworkRunner(
            graph: graph, parameters: parameters, preprocessing: preprocessing, options: running)
        let isPlain = augmentation.steps(for: preprocessing).isEmpty
        guard let store else {
            let streams = isPlain ? nil : identities(of: samples, isPlain: false).map(\.stream)
            let outputs = try runner.run(
                samples, augmentation: augmentation, seed: seed, streams: streams, onProgress: onProgress)
            return Result(outputs: outputs, computedCount: outputs.sampleIndices.count)
        }
        let key = FeatureKey(
            graph: graph, parameters: parameters, preprocessing: preprocessing, running: running,
            batchSize: runner.batchSize(for: samples), augmentation: augmentation, seed: seed)
        let rows = store.rows(for: key)
        let identities = identities(of: samples, isPlain: isPlain)
        let names = identities.map(\.name)
        var missing = samples.indices.filter { index in names[index].map { rows?.row(of: $0) == nil } ?? true }
        // Where all others are known, the network need not be made ready for what is no image.
        let failures = rows == nil ? [] : Self.strangers(among: samples, &missing)
        try onProgress(samples.count - missing.count)
        var known = rows
        var computed = NetworkRunner.Outputs.none
        if !missing.isEmpty {
            computed = try runner.run(
                missing.map { samples[$0] }, augmentation: augmentation, seed: seed,
                streams: missing.map { identities[$0].stream }
            ) { try onProgress(samples.count - missing.count + $0) }
            known = known ?? FeatureStore.Rows(columnCount: computed.rows.columnCount)
            for (row, index) in computed.sampleIndices.enumerated() {
                if let name = names[missing[index]] { known?.add(name, computed.rows.row(row)) }
            }
        }
        var outputs = Self.merge(computed, known, names, missing)
        outputs.failures += failures
        var result = Result(outputs: outputs, computedCount: computed.sampleIndices.count)
        if let known, result.computedCount > 0 {
            do { try store.keep(known, for: key) } catch { result.storeFailure = error }
        }
        return result
    }

    private func identities(of samples: [ImageSample], isPlain: Bool) -> [ImageIdentity] {
        ImageIdentity.identities(
            of: Self.digests(of: samples, threadCount: running.engineOptions.threads), countsCopies: !isPlain)
    }

    /// Takes the samples whose files have no image's header out of `missing`.
    private static func strangers(among samples: [ImageSample], _ missing: inout [Int]) -> [ImageFailure] {
        var failures: [ImageFailure] = []
        missing.removeAll { index in
            do throws(ImageError) { _ = try ImageDecoder.size(of: samples[index].path) } catch {
                failures.append(ImageFailure(index: index, sample: samples[index], error: error))
                return true
            }
            return false
        }
        return failures
    }

    /// Known and computed rows in the order of the samples.
    private static func merge(
        _ computed: NetworkRunner.Outputs, _ known: FeatureStore.Rows?, _ names: [String?], _ missing: [Int]
    ) -> NetworkRunner.Outputs {
        let rowOfSample = Dictionary(
            uniqueKeysWithValues: computed.sampleIndices.enumerated().map { (missing[$1], $0) })
        let isMissing = Set(missing)
        var values: [Float] = []
        var indices: [Int] = []
        for index in names.indices {
            if let row = rowOfSample[index] {
                values += computed.rows.row(row)
            } else if !isMissing.contains(index), let name = names[index], let row = known?.row(of: name) {
                values += row
            } else {
                continue
            }
            indices.append(index)
        }
        let width = known?.columnCount ?? computed.rows.columnCount
        return NetworkRunner.Outputs(
            rows: Matrix(rowCount: indices.count, columnCount: width, values: values), sampleIndices: indices,
            failures: computed.failures.map {
                ImageFailure(index: missing[$0.index], sample: $0.sample, error: $0.error)
            },
            slowLayers: computed.slowLayers)
    }

    /// The digest of each file; `nil` for one that cannot be read, which the decoder will say more about.
    private static func digests(of samples: [ImageSample], threadCount: Int) -> [SHA256Digest?] {
        WorkerThreads.map(samples.count, threadCount: threadCount) { index in
            // The digest of a file does not say how its image is turned.
            guard samples[index].quarterTurns == 0, let file = try? MappedFile(samples[index].path) else { return nil }
            return SHA256.digest(of: file.bytes)
        }
    }
}
