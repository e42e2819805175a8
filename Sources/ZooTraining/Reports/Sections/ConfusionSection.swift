import ZooReport

/// Which classes are taken for which.
struct ConfusionSection {
    let images: JudgedImages

    /// Of more classes than can be drawn, so many of the most confused ones are.
    private static let shownOfMany = 30

    var section: Page.Section? {
        guard images.count > 0 else { return nil }
        return images.section("confusion", "Confusion matrix") {
            HTML.note(
                "Rows are what images are, columns what they were taken for. Blue is right and orange is wrong, the stronger "
                    + "the larger the share of the row.")
            HTML("div", ["class": "beside"]) {
                HTML("div") { map }
                HTML("div") { pairs }
            }
        }
    }

    @HTMLBuilder private var map: [HTML] {
        if images.classes.count <= HeatMap.rowLimit {
            HeatMap(
                title: "Confusion matrix of \(images.classes.count) classes", rows: images.classes,
                columns: images.columns, counts: images.confusion
            ).html
        } else {
            part
        }
    }

    /// The classes that are confused most, among themselves.
    @HTMLBuilder private var part: [HTML] {
        let chosen = mostConfused
        HTML.note(
            "\(NumberText.grouped(images.classes.count)) classes are too many to draw: these are the \(chosen.count) in "
                + "which, or for which, most images were mistaken. The last column counts all other classes.")
        HeatMap(
            title: "Confusion matrix of the most confused classes", rows: chosen.map { images.classes[$0] },
            columns: chosen.map { images.classes[$0] } + ["all others"],
            counts: chosen.map { label in
                let row = chosen.map { images.confusion[label][$0] }
                return row + [images.confusion[label].reduce(0, +) - row.reduce(0, +)]
            }
        ).html
    }

    private var mostConfused: [Int] {
        var mistakes = [Int](repeating: 0, count: images.classes.count)
        for pair in images.confusedPairs {
            mistakes[pair.label] += pair.count
            if pair.taken < mistakes.count { mistakes[pair.taken] += pair.count }
        }
        return Array(images.classes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }.prefix(Self.shownOfMany))
            .sorted()
    }

    @HTMLBuilder private var pairs: [HTML] {
        let pairs = images.confusedPairs
        if pairs.isEmpty {
            HTML("p") { "No image was taken for one of another class." }
        } else {
            HTML("h3") { "Most often confused" }
            table(Array(pairs.prefix(10)))
        }
    }

    private func table(_ pairs: [(label: Int, taken: Int, count: Int)]) -> [HTML] {
        var table = DataTable([.init("Is", .text), .init("Taken for", .text), .init("Images"), .init("Share")])
        for pair in pairs {
            let total = images.confusion[pair.label].reduce(0, +)
            table.add([
                images.classes[pair.label], images.columns[pair.taken], NumberText.grouped(pair.count),
                NumberText.percent(Double(pair.count) / Double(max(total, 1))),
            ])
        }
        return table.html
    }
}
