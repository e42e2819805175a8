import ZooImage
import ZooReport

/// What a classifier said of labelled images, as pages show it.
struct JudgedImages: Sendable {
    /// One of several tasks.
    struct Task: Sendable {
        let number: Int
        let name: String
    }

    /// Which of several tasks it is about.
    var task: Task?
    /// The classes of the data.
    let classes: [String]
    /// Names of further outputs that were predicted, by their numbers behind the classes.
    var strangers: [Int: String] = [:]
    /// `confusion[true][predicted]`; a last column more than there are rows counts the further outputs.
    let confusion: [[Int]]
    /// What was said of each image; may be missing.
    let predictions: [ImagePrediction]

    /// A part of a page about these images; those of several tasks are told apart.
    func section(_ anchor: String, _ title: String, @HTMLBuilder content: () -> [HTML]) -> Page.Section {
        Page.Section(
            task.map { "\(anchor)-\($0.number + 1)" } ?? anchor, task.map { "\(title): \($0.name)" } ?? title,
            content: content)
    }

    /// The same task by task, where there are several.
    ///
    /// - Precondition: the classes are those of all tasks, and ``confusion`` is empty or has as many rows and columns.
    func byTask(_ tasks: [LabelTask]) -> [JudgedImages] {
        zip(tasks, tasks.outputRanges).enumerated().map { number, part in
            let (task, range) = part
            return JudgedImages(
                task: Task(number: number, name: task.name), classes: task.classes,
                confusion: confusion.isEmpty ? [] : confusion[range].map { Array($0[range]) },
                predictions: predictions.filter { $0.task == number })
        }
    }

    /// The names of the columns of ``confusion``.
    var columns: [String] { (confusion.first?.count ?? 0) > classes.count ? classes + ["other classes"] : classes }

    /// The name of a class, or of another output.
    func name(of number: Int) -> String {
        classes.indices.contains(number) ? classes[number] : strangers[number] ?? "output \(number)"
    }

    /// How many images there are.
    var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

    /// The share of images whose class was found.
    var accuracy: Double {
        let hits = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
        return count == 0 ? 0 : Double(hits) / Double(count)
    }

    /// How well a class is told from the others: scikit-learn's figures, 0 where nothing can be divided.
    struct Score {
        let precision, recall, f1: Double
        let support: Int
    }

    /// The score of each class.
    ///
    /// - Complexity: O(classes²).
    var scores: [Score] {
        var taken = [Int](repeating: 0, count: classes.count)
        for row in confusion {
            for column in classes.indices { taken[column] += row[column] }
        }
        return classes.indices.map { label in
            let (hits, support) = (confusion[label][label], confusion[label].reduce(0, +))
            let sum = taken[label] + support
            return Score(
                precision: taken[label] == 0 ? 0 : Double(hits) / Double(taken[label]),
                recall: support == 0 ? 0 : Double(hits) / Double(support),
                f1: sum == 0 ? 0 : 2 * Double(hits) / Double(sum), support: support)
        }
    }

    /// Pairs of classes by how often the first was taken for the second, the most frequent first.
    var confusedPairs: [(label: Int, taken: Int, count: Int)] {
        let pairs = confusion.indices.flatMap { label in
            confusion[label].indices.compactMap { taken in
                label != taken && confusion[label][taken] > 0 ? (label, taken, confusion[label][taken]) : nil
            }
        }
        return pairs.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
    }
}
