internal import ZooCore

/// Looks through the images of a data set for what spoils training or falsifies its measure.
public struct DataCheck: Sendable {
    /// Images whose shorter edge has fewer pixels are called tiny.
    public var smallestEdge: Int
    /// How many threads decode.
    public var threadCount: Int

    /// A check. CIFAR's images have edges of 32 pixels; smaller photos are rarely meant.
    public init(smallestEdge: Int = 32, threadCount: Int) {
        self.smallestEdge = smallestEdge
        self.threadCount = threadCount
    }

    /// Decodes every image and compares them all.
    ///
    /// - Parameters:
    ///   - train: the images to learn from.
    ///   - validation: those to judge by, if they are known.
    ///   - onProgress: called with the number of images done; what it throws ends the work.
    /// - Throws: ``ImageError`` `.unreadable` if no thread can be started; what `onProgress` throws. Images that cannot
    ///   be decoded are a part of the report.
    /// - Complexity: O(pixels + *n*·*m* / 32), for *n* training and *m* validation images.
    public func run(
        train: ImageFolder, validation: ImageFolder?, onProgress: (Int) throws -> Void = { _ in }
    ) throws -> DataReport {
        let samples = train.samples + (validation?.samples ?? [])
        let results = try ImageSurvey.run(samples, threadCount: threadCount, onProgress: onProgress)
        var report = DataReport(samples: samples, trainCount: train.samples.count)
        var fingerprints: [(index: Int, print: ImageFingerprint)] = []
        for (index, result) in results.enumerated() {
            switch result {
            case .failure(let error):
                report.unreadable.append(ImageFailure(index: index, sample: samples[index], error: error))
            case .success(let fingerprint):
                fingerprints.append((index, fingerprint))
                if min(fingerprint.size.width, fingerprint.size.height) < smallestEdge {
                    report.tiny.append(DataReport.TinyImage(index: index, size: fingerprint.size))
                }
                if fingerprint.isOneColour { report.oneColour.append(index) }
            }
        }
        report.duplicates = Self.duplicates(fingerprints, in: report)
        report.nearDuplicates = Self.nearDuplicates(fingerprints, trainCount: report.trainCount)
        return report
    }

    private static func duplicates(
        _ fingerprints: [(index: Int, print: ImageFingerprint)], in report: DataReport
    ) -> [DataReport.DuplicateGroup] {
        var groups: [SHA256Digest: [Int]] = [:]
        for (index, fingerprint) in fingerprints { groups[fingerprint.digest, default: []].append(index) }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.map { indices in
            DataReport.DuplicateGroup(
                indices: indices,
                isAcrossClasses: Set(indices.map { report.samples[$0].label }).count > 1,
                isAcrossSplits: Set(indices.map { $0 < report.trainCount }).count > 1)
        }
    }

    /// Pairs of a training and a validation image that look alike but are not equal. Images of one colour are left out:
    /// they all look alike.
    private static func nearDuplicates(
        _ fingerprints: [(index: Int, print: ImageFingerprint)], trainCount: Int
    ) -> [DataReport.NearDuplicate] {
        let candidates = fingerprints.filter { !$0.print.isOneColour }
        var byGroup = [[Int]](repeating: [], count: 8 * 256)
        for (position, candidate) in candidates.enumerated() where candidate.index < trainCount {
            for row in 0..<8 { byGroup[candidate.print.hash.group(row)].append(position) }
        }
        var pairs: [DataReport.NearDuplicate] = []
        for (index, fingerprint) in candidates where index >= trainCount {
            let hash = fingerprint.hash
            for row in 0..<8 {
                for position in byGroup[hash.group(row)] {
                    let other = candidates[position]
                    // A pair that agrees in several rows is looked at once.
                    guard other.print.hash.resembles(hash), other.print.hash.firstCommonRow(with: hash) == row,
                        other.print.digest != fingerprint.digest
                    else { continue }
                    pairs.append(
                        DataReport.NearDuplicate(
                            trainIndex: other.index, validationIndex: index,
                            distance: other.print.hash.distance(to: hash)))
                }
            }
        }
        return pairs.sorted {
            ($0.distance, $0.validationIndex, $0.trainIndex) < ($1.distance, $1.validationIndex, $1.trainIndex)
        }
    }
}
