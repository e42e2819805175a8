import FoundationEssentials
import SystemPackage
import ZooCore
import ZooImage

/// What a network said of one image: a line of `predictions.jsonl`.
struct ImagePrediction: Sendable, Hashable, Codable {
    /// Where the image was.
    let path: String
    /// The number of its class.
    let label: Int
    /// The probability of its class.
    let labelProbability: Double
    /// The most probable classes, the first of equal ones first; no more than ``topCount``.
    let order: [Int]
    /// Their probabilities.
    let probabilities: [Double]
    /// The epoch after which it was said; `nil` outside of a run.
    let epoch: Int?
    /// The number of the task that it is about, where there are several; classes are numbered within it.
    var task: Int?

    /// So many of the probabilities are kept: of a thousand classes most are not worth a line.
    static let topCount = 20

    /// Whether the most probable class is the right one.
    var isRight: Bool { order.first == label }

    /// The probability of the most probable class.
    var confidence: Double { probabilities.first ?? 0 }

    /// How far the most probable class is ahead of the next; little where the network is uncertain.
    var margin: Double { confidence - (probabilities.count > 1 ? probabilities[1] : 0) }

    /// What logits say of their images.
    ///
    /// - Parameters:
    ///   - samples: the image of each row.
    ///   - outputs: for each class of the data the output that stands for it; by default output 0 for class 0 and so on.
    ///     Other outputs get the numbers behind the classes, in their order.
    /// - Precondition: there is an image for each row.
    /// - Complexity: O(rows · outputs).
    static func all(
        _ logits: Matrix, _ samples: [ImageSample], outputs: [Int]? = nil, epoch: Int? = nil
    ) -> [ImagePrediction] {
        precondition(samples.count == logits.rowCount, "\(samples.count) images for \(logits.rowCount) rows")
        let numbers = outputs.map { classNumbers(of: $0, outputCount: logits.columnCount) }
        var logarithms = [Double](repeating: 0, count: logits.columnCount)
        var probabilities = logarithms
        let values = logits.values.span
        return samples.enumerated().map { row, sample in
            var first = logarithms.mutableSpan
            var second = probabilities.mutableSpan
            Softmax.evaluate(values, row * logits.columnCount, &first, &second)
            let best = largest(of: probabilities)
            return ImagePrediction(
                path: sample.path.absolute.string, label: sample.label,
                labelProbability: rounded(probabilities[outputs?[sample.label] ?? sample.label]),
                order: best.map { numbers?[$0] ?? $0 }, probabilities: best.map { rounded(probabilities[$0]) },
                epoch: epoch)
        }
    }

    /// What an epoch says of its images: one answer for each, or for each label of each where there are several tasks.
    static func all(_ judged: JudgedLogits, _ samples: [ImageSample], epoch: Int?) -> [ImagePrediction] {
        guard !judged.tasks.isEmpty else { return all(judged.logits, samples, epoch: epoch) }
        return judged.tasks.enumerated().flatMap { number, task in all(task.rows, samples, task: number, epoch: epoch) }
    }

    /// What is said of the images that have a label for one of several tasks.
    static func all(
        _ rows: TaskRows, _ samples: [ImageSample], outputs: [Int]? = nil, task: Int, epoch: Int? = nil
    ) -> [ImagePrediction] {
        let own = zip(rows.rows, rows.labels).map { row, label in ImageSample(path: samples[row].path, label: label) }
        return all(rows.logits, own, outputs: outputs, epoch: epoch).map { prediction in
            var prediction = prediction
            prediction.task = task
            return prediction
        }
    }

    /// For each output its number among the classes, or behind them.
    static func classNumbers(of outputs: [Int], outputCount: Int) -> [Int] {
        var numbers = [Int](repeating: -1, count: outputCount)
        for (label, output) in outputs.enumerated() { numbers[output] = label }
        var next = outputs.count
        for output in numbers.indices where numbers[output] < 0 {
            numbers[output] = next
            next += 1
        }
        return numbers
    }

    /// Which values are the largest, in order.
    private static func largest(of values: [Double]) -> [Int] {
        var best: [Int] = []
        for (index, value) in values.enumerated() {
            if best.count == topCount, value <= values[best[topCount - 1]] { continue }
            let place = best.firstIndex { values[$0] < value } ?? best.count
            best.insert(index, at: place)
            if best.count > topCount { best.removeLast() }
        }
        return best
    }

    /// Six decimals are more than a float's logits are good for.
    private static func rounded(_ probability: Double) -> Double {
        probability.isFinite ? (probability * 1e6).rounded() / 1e6 : 0
    }
}

/// Files of one JSON object a line.
enum JSONLines {
    /// Writes a file that takes its name when it is complete.
    ///
    /// - Throws: ``FileError``.
    static func write(_ values: [some Encodable], to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var file = try AtomicFile(at: path)
        for value in values { try file.write(Array(encoder.encode(value)) + [0x0a]) }
        try file.publish(durably: false)
    }

    /// The values of a file, and whether its last line breaks off, as that of a program that was killed may; such a line
    /// does not count.
    ///
    /// - Throws: ``FileError``; ``TrainingError`` (`unreadableRun`) naming the line.
    static func read<Value: Decodable>(
        _ type: Value.Type, from path: FilePath
    ) throws -> (values: [Value], isCutOff: Bool) {
        let file = try MappedFile(path)
        let bytes = Array(copying: file.bytes)
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: true)
        let decoder = JSONDecoder()
        var values: [Value] = []
        for (index, line) in lines.enumerated() {
            if let value = try? decoder.decode(type, from: Data(line)) {
                values.append(value)
            } else if index == lines.count - 1, bytes.last != 0x0a {
                return (values, true)
            } else {
                throw TrainingError(
                    .unreadableRun,
                    "\(path), line \(index + 1): it is not what zoo writes there; the file was changed or is damaged")
            }
        }
        return (values, false)
    }
}
