import ZooImage
import ZooReport

/// How many images there are of each class.
struct BalanceSection {
    let classes: [String]
    /// The parts of the data, in the order in which they are shown.
    let parts: [(name: String, counts: [Int])]
    /// Which of several tasks it is about.
    var task: JudgedImages.Task?

    /// With more classes only the smallest and the largest are shown.
    private static let shortList = 40
    private static let ends = 10

    var section: Page.Section? {
        guard let first = parts.first, parts.allSatisfy({ $0.counts.count == classes.count }), !classes.isEmpty else {
            return nil
        }
        let order = classes.indices.sorted { (first.counts[$0], $0) < (first.counts[$1], $1) }
        let (least, most) = (first.counts[order[0]], first.counts[order[order.count - 1]])
        return Page.Section(
            task.map { "balance-\($0.number + 1)" } ?? "balance",
            task.map { "Class balance: \($0.name)" } ?? "Class balance"
        ) {
            HTML("p") {
                "\(NumberText.count(first.counts.reduce(0, +), "image")) of "
                "\(NumberText.count(classes.count, "class", "classes")) in \(first.name): "
                least == most
                    ? "\(NumberText.grouped(least)) of each."
                    : "from \(NumberText.grouped(least)) (\(classes[order[0]])) to \(NumberText.grouped(most)) "
                        + "(\(classes[order[order.count - 1]])) of a class."
                if Double(most) > 3 * Double(max(least, 1)) && parts.count > 1 {
                    " With such differences --balance weights or --balance sampler may help the small classes."
                }
            }
            if classes.count <= Self.shortList {
                bars(Array(classes.indices))
            } else {
                HTML("h3") { "The \(Self.ends) smallest" }
                bars(Array(order.prefix(Self.ends)))
                HTML("h3") { "The \(Self.ends) largest" }
                bars(Array(order.suffix(Self.ends).reversed()))
            }
        }
    }

    /// The same task by task, where there are several.
    ///
    /// - Precondition: the classes are those of all tasks.
    func byTask(_ tasks: [LabelTask]) -> [BalanceSection] {
        guard parts.allSatisfy({ $0.counts.count == classes.count }) else { return [] }
        return zip(tasks, tasks.outputRanges).enumerated().map { number, part in
            let (task, range) = part
            return BalanceSection(
                classes: task.classes, parts: parts.map { ($0.name, Array($0.counts[range])) },
                task: JudgedImages.Task(number: number, name: task.name))
        }
    }

    private func bars(_ labels: [Int]) -> [HTML] {
        BarTable(
            legend: parts.map(\.name),
            rows: labels.map { label in
                let counts = parts.map { $0.counts[label] }
                return BarTable.Row(
                    classes[label], values: counts.map(Double.init), labels: counts.map { NumberText.grouped($0) })
            }
        ).html
    }
}
