internal import FoundationEssentials
public import SystemPackage
internal import ZooCheckpoint
public import ZooImage
internal import ZooTensor

extension FeatureFile {
    /// Reads a file that ``write(to:)``, or another program, wrote.
    ///
    /// Without `sources` in the metadata all columns are of one network, that of `arch`.
    ///
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if it cannot be read; ``TrainingError`` (`unusableData`) if it lacks
    ///   features, labels, paths or classes, or they do not belong to each other.
    public init(reading path: FilePath) throws {
        let checkpoint = try Checkpoint.open(path)
        let complaint = { (what: String) in
            TrainingError(
                .unusableData,
                "\(path): these are no features with labels and paths: \(what); 'zoo features' writes such files")
        }
        guard let tensor = try? checkpoint.tensor(named: "features"), tensor.dtype == .float32, tensor.shape.rank == 2,
            tensor.shape.elementCount > 0
        else { throw complaint("there is no 'features', images × numbers, float32") }
        let count = tensor.shape[0]
        let metadata = checkpoint.root["__metadata__"]
        guard let paths: [String] = metadata?["paths"]?.decodedJSON(), paths.count == count else {
            throw complaint("the metadata have no 'paths', a JSON list of \(count)")
        }
        guard let classes: [String] = metadata?["classes"]?.decodedJSON() else {
            throw complaint("the metadata have no 'classes', a JSON list")
        }
        guard let labels = try? checkpoint.tensor(named: "labels"), labels.shape == [count], labels.dtype == .int64,
            let numbers = try? labels.float32Values(), numbers.allSatisfy({ (0..<Float(classes.count)).contains($0) })
        else { throw complaint("there is no 'labels', a number of a class for each of \(count) images, int64") }
        let values = try tensor.float32Values()
        guard values.allSatisfy(\.isFinite) else { throw complaint("a feature is no finite number") }
        let name = metadata?["arch"]?.stringValue ?? path.lastComponent?.stem ?? "codes"
        let whole = Source(arch: name, features: tensor.shape[1])
        let sources: [Source] = metadata?["sources"]?.decodedJSON() ?? [whole]
        guard sources.allSatisfy({ 1...tensor.shape[1] ~= $0.features }),
            sources.reduce(0, { $0 + $1.features }) == tensor.shape[1]
        else { throw complaint("its sources are not of \(tensor.shape[1]) numbers together") }
        self.init(
            features: FeatureSet(
                features: Matrix(rowCount: count, columnCount: tensor.shape[1], values: values),
                labels: numbers.map { Int($0) }),
            paths: paths, classes: classes, architecture: name, sources: sources, failures: [], computedCount: 0)
    }

    /// Features of the same images by several networks, side by side.
    ///
    /// - Throws: ``TrainingError`` (`unusableData`) if they are of different images.
    /// - Precondition: There is a file.
    public init(joining files: [FeatureFile]) throws {
        let first = files[0]
        guard files.allSatisfy({ $0.paths == first.paths && $0.classes == first.classes }) else {
            throw TrainingError(
                .unusableData, "the networks could not read the same images; mend or remove those that are broken")
        }
        self.init(
            features: FeatureSet(
                features: Matrix(sideBySide: files.map(\.features.features)), labels: first.features.labels),
            paths: first.paths, classes: first.classes,
            architecture: files.map(\.architecture).joined(separator: ","), sources: files.flatMap(\.sources),
            failures: first.failures, computedCount: files.map(\.computedCount).max() ?? 0)
    }
}

/// Codes of images that were computed elsewhere, in one or several files.
public struct StoredCodes: Sendable {
    private let files: [FeatureFile]
    private let names: [FilePath]
    /// For each file the row of each path.
    private let rows: [[FilePath: Int]]

    /// The codes in these files, side by side.
    ///
    /// - Throws: As ``FeatureFile/init(reading:)``; ``TrainingError`` (`unusableData`) for a path that a file has twice.
    /// - Precondition: There is a file.
    public init(_ paths: [FilePath]) throws {
        precondition(!paths.isEmpty, "no file")
        names = paths
        files = try paths.map { try FeatureFile(reading: $0) }
        rows = try zip(files, paths).map { file, name in
            var rows: [FilePath: Int] = [:]
            for (row, text) in file.paths.enumerated() {
                guard rows.updateValue(row, forKey: FilePath(text).absolute) == nil else {
                    throw TrainingError(.unusableData, "\(name): the image \(text) is there twice")
                }
            }
            return rows
        }
    }

    /// What the codes come from, in order.
    public var sources: [FeatureFile.Source] { files.flatMap(\.sources) }

    /// The codes of a folder's images, one matrix a source, in the order of its samples.
    ///
    /// - Throws: ``TrainingError`` (`unusableData`) for an image that a file does not have, or has with another class.
    /// - Complexity: O(images · features).
    public func codes(of folder: ImageFolder) throws(TrainingError) -> [Matrix] {
        var parts: [Matrix] = []
        for (number, file) in files.enumerated() {
            var indices: [Int] = []
            for sample in folder.samples { indices.append(try row(of: sample, folder, number)) }
            let gathered = file.features.features.gatheringRows(indices)
            var start = 0
            for source in file.sources {
                parts.append(gathered.columns(start..<start + source.features))
                start += source.features
            }
        }
        return parts
    }

    private func row(of sample: ImageSample, _ folder: ImageFolder, _ number: Int) throws(TrainingError) -> Int {
        let file = files[number]
        guard let row = rows[number][sample.path.absolute] else {
            throw TrainingError(
                .unusableData,
                "\(names[number]): it has no features of \(sample.path), but for example of \(file.paths[0]); rows are "
                    + "matched by path: compute them for these images, from this folder ('zoo features')")
        }
        let (theirs, ours) = (file.classes[file.features.labels[row]], folder.classes[sample.label])
        guard theirs == ours else {
            throw TrainingError(
                .unusableData, "\(names[number]): \(sample.path) is of the class '\(theirs)' there and '\(ours)' here")
        }
        return row
    }
}

extension Matrix {
    /// Some neighbouring columns, copied.
    ///
    /// - Precondition: They exist.
    /// - Complexity: O(elements of the result).
    func columns(_ range: Range<Int>) -> Matrix {
        if range == 0..<columnCount { return self }
        var result: [Float] = []
        result.reserveCapacity(rowCount * range.count)
        for row in 0..<rowCount {
            result += values[row * columnCount + range.lowerBound..<row * columnCount + range.upperBound]
        }
        return Matrix(rowCount: rowCount, columnCount: range.count, values: result)
    }
}
