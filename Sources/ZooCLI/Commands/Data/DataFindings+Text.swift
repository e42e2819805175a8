import ZooImage
import ZooTraining

extension DataFindings {
    /// The lines for people: classes first, then what was found, kind by kind.
    ///
    /// - Parameter width: The columns that the table has, if there is a limit.
    func text(width: Int?) -> String {
        let sections = [
            classTable(width: width), unreadable, duplicates, nearDuplicates, tiny, oneColour, suspectLines,
            labelErrorLines, [summary],
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func classTable(width: Int?) -> [String] {
        let validationCounts = splits.validation?.classCounts
        var table = Table(
            [.init("CLASS", .left, .shortened), .init("TRAIN", .right)]
                + (validationCounts == nil ? [] : [.init("VAL", .right)]))
        let counts = splits.train.classCounts
        for (label, name) in classes.enumerated() {
            table.add([name, "\(counts[label])"] + (validationCounts.map { ["\($0[label])"] } ?? []))
        }
        guard let imbalance, imbalance >= 2 else { return [table.text(width: width)] }
        return [
            table.text(width: width),
            "the largest class has \(Formatting.fixed(imbalance, 1)) times as many training images as the smallest",
        ]
    }

    private var unreadable: [String] {
        guard !report.unreadable.isEmpty else { return [] }
        return ["\(Formatting.count(report.unreadable.count, "image")) cannot be decoded:"]
            + report.unreadable.map { "  \($0.error)" }
    }

    private var duplicates: [String] {
        report.duplicates.flatMap { group in
            let reasons =
                (group.isAcrossClasses ? ["with different labels"] : [])
                + (group.isAcrossSplits ? ["in train and in validation"] : [])
            return ["the same pixels\(reasons.isEmpty ? "" : " ")\(reasons.joined(separator: " and ")):"]
                + group.indices.map { "  \(path($0)) (\(label($0)))" }
        }
    }

    private var nearDuplicates: [String] {
        guard !report.nearDuplicates.isEmpty else { return [] }
        let count = Formatting.count(report.nearDuplicates.count, "pair")
        return ["\(count) of train and validation look alike (bits of 64 that differ):"]
            + report.nearDuplicates.map {
                "  \($0.distance)  \(path($0.trainIndex)) (\(label($0.trainIndex)))  "
                    + "\(path($0.validationIndex)) (\(label($0.validationIndex)))"
            }
    }

    private var tiny: [String] {
        guard !report.tiny.isEmpty else { return [] }
        return ["\(Formatting.count(report.tiny.count, "image is", "images are")) tiny:"]
            + report.tiny.map { "  \(path($0.index)): \($0.size)" }
    }

    private var oneColour: [String] {
        guard !report.oneColour.isEmpty else { return [] }
        return ["\(Formatting.count(report.oneColour.count, "image shows", "images show")) one colour only:"]
            + report.oneColour.map { "  \(path($0))" }
    }

    private var suspectLines: [String] {
        guard let suspects, let first = suspects.first else { return [] }
        let count = Formatting.count(suspects.count, "label looks", "labels look")
        return ["\(count) wrong: the \(first.neighbours.count) most similar images all belong to another class:"]
            + suspects.map {
                "  \(path($0.index)): labelled \(label($0.index)), looks like \(classes[$0.suggestion]) "
                    + "(nearest: \(path($0.neighbours.first ?? $0.index)), cosine "
                    + "\(Formatting.fixed(Double($0.similarity), 2)))"
            }
    }

    private var labelErrorLines: [String] {
        guard let labelErrors else { return [] }
        let learning = labelErrors.learning
        let shown = learning.candidates.prefix(Self.candidateLimit)
        let count = Formatting.count(
            learning.candidates.count, "candidate for a wrong label", "candidates for wrong labels")
        let noise = Formatting.percent(learning.noiseShare)
        let isCut = shown.count < learning.candidates.count
        var lines = [
            "\(count) by confident learning (about \(noise) of the labels may be wrong)"
                + (isCut ? ", the \(shown.count) least probable labels:" : ":")
        ]
        for candidate in shown {
            let place = path(labelErrors.indices[candidate.row])
            let label = "\(classes[candidate.label]) (\(Formatting.percent(candidate.labelProbability)))"
            let other = "\(classes[candidate.suggestion]) (\(Formatting.percent(candidate.suggestionProbability)))"
            lines.append("  \(place): labelled \(label), maybe \(other)")
        }
        if let page { lines.append("page: \(page)") }
        return lines
    }

    /// More are in the page and in the document for scripts.
    private static let candidateLimit = 20

    private var summary: String {
        let count = Formatting.count(report.samples.count, "image")
        return isClean ? "\(count), nothing found" : "\(count), see above"
    }
}
