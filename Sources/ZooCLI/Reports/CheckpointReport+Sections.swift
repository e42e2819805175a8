import ZooCheckpoint
import ZooPickle
import ZooReport
import ZooTensor

extension CheckpointReport {
    /// Where the bytes are.
    var sizes: Page.Section? {
        guard !checkpoint.tensors.isEmpty else { return nil }
        let coarse = TensorGroups(checkpoint.tensors, limit: 24)
        let fine = TensorGroups(checkpoint.tensors, limit: 120)
        let largest = checkpoint.tensors.filter { !$0.isMeta }.enumerated()
            .sorted { ($1.element.layout.byteCount, $0.offset) < ($0.element.layout.byteCount, $1.offset) }
            .prefix(12).map(\.element)
        return Page.Section("sizes", "Sizes") {
            HTML.note("Bytes by the beginnings of the tensors' names, in the order of the file.")
            Self.bars(coarse)
            if fine.groups.count > coarse.groups.count {
                HTML.details("In finer parts (\(fine.groups.count))") { Self.bars(fine) }
            }
            if checkpoint.tensors.count > coarse.groups.count {
                HTML("h3") { "Largest tensors" }
                BarTable(
                    rows: largest.map { entry in
                        BarTable.Row(
                            Self.name(entry), values: [Double(entry.layout.byteCount)],
                            labels: [NumberText.bytes(entry.layout.byteCount)])
                    }
                ).html
            }
        }
    }

    private static func bars(_ grouping: TensorGroups) -> [HTML] {
        let total = max(grouping.groups.reduce(0) { $0 + $1.byteCount }, 1)
        return BarTable(
            rows: grouping.groups.prefix(400).map { group in
                let share = Double(group.byteCount) / Double(total)
                return BarTable.Row(
                    group.name, values: [Double(group.byteCount)],
                    labels: ["\(NumberText.bytes(group.byteCount)), \(NumberText.percent(share))"])
            }
        ).html
    }

    /// What the values look like.
    var values: Page.Section? {
        guard let bounds = survey.allBounds else { return nil }
        let outside = survey.outsideCount(checkpoint)
        let known = survey.statistics.compactMap { $0 }
        let zeros = known.reduce(0) { $0 + $1.zeroCount }
        let total = max(known.reduce(0) { $0 + $1.count }, 1)
        return Page.Section("values", "Values") {
            HTML.charts([
                Histogram(
                    title: "All floating-point values", xTitle: "value", bounds: bounds, counts: survey.all,
                    note: outside > 0 ? "without \(NumberText.grouped(outside)) farther out" : nil
                ).html
            ])
            HTML("p") {
                "\(NumberText.grouped(zeros)) of \(NumberText.grouped(total)) values are 0 "
                "(\(NumberText.percent(Double(zeros) / Double(total), 2))). The table below has each tensor's."
            }
        }
    }

    /// How the numbers are stored.
    var types: Page.Section? {
        var sums: [String: (tensors: Int, elements: Int, bytes: Int)] = [:]
        for entry in checkpoint.tensors {
            let old = sums[entry.dtype.name] ?? (0, 0, 0)
            sums[entry.dtype.name] = (
                old.tensors + 1, old.elements + entry.shape.elementCount,
                old.bytes + (entry.isMeta ? 0 : entry.layout.byteCount)
            )
        }
        var table = DataTable([
            .init("Type", .code), .init("Tensors"), .init("Elements"), .init("Bytes"), .init("Share", .text),
        ])
        let total = max(sums.values.reduce(0) { $0 + $1.bytes }, 1)
        for (name, sum) in sums.sorted(by: { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }) {
            let share = Double(sum.bytes) / Double(total)
            table.add([
                HTML(name), HTML(NumberText.grouped(sum.tensors)), HTML(NumberText.grouped(sum.elements)),
                HTML(NumberText.bytes(sum.bytes)), HTML.meter(NumberText.percent(share), share: share),
            ])
        }
        return Page.Section("types", "Types") { table.html }
    }

    /// Every tensor.
    var tensorTable: Page.Section? {
        let count = checkpoint.tensors.count
        guard count > 0 else { return nil }
        var table = DataTable([
            .init("Tensor", .code), .init("Type", .code), .init("Shape", .code), .init("Bytes"), .init("Values", .text),
            .init("Smallest"), .init("Largest"), .init("Mean"), .init("Std. dev."), .init("Zeros"),
        ])
        for (index, entry) in checkpoint.tensors.prefix(Self.tableLimit).enumerated() {
            table.add(
                [
                    HTML(Self.name(entry)), HTML(InspectCommand.dtype(entry)), HTML(entry.shape.description),
                    HTML(entry.isMeta ? "none" : NumberText.grouped(entry.layout.byteCount)),
                ] + cells(index))
        }
        return Page.Section("tensors", "Tensors") {
            HTML.note("Each picture shows how the values lie between the smallest and the largest.")
            table.html
            if count > Self.tableLimit {
                HTML.note(
                    "These are the first \(NumberText.grouped(Self.tableLimit)) of \(NumberText.grouped(count)); 'zoo inspect "
                        + "--stats' lists all of them.")
            }
        }
    }

    private func cells(_ index: Int) -> [HTML] {
        guard let found = survey.statistics[index] else { return Array(repeating: HTML("–"), count: 6) }
        let spark = survey.sparks[index]
        let numbers = [found.minimum, found.maximum, found.mean, found.standardDeviation]
        return [spark.isEmpty ? HTML("–") : Sparkline(spark, label: "histogram of the values").html]
            + numbers.map { HTML($0.map { NumberText.short($0) } ?? "–") }
            + [HTML(NumberText.grouped(found.zeroCount))]
    }

    private static func name(_ entry: TensorEntry) -> String {
        entry.name.isEmpty ? "(the file itself)" : entry.name
    }

    /// Everything that is no tensor.
    var contents: Page.Section? {
        var facts = FactList()
        for fact in checkpoint.producerFacts.filter({ $0.name != "code" }) { facts.add(fact.name, fact.value) }
        if let version = checkpoint.pickleProtocol { facts.add("pickle protocol", "\(version)") }
        facts.add("byte order", checkpoint.isBigEndian ? "big-endian" : "little-endian")
        let code = checkpoint.producerFacts.count { $0.name == "code" }
        if code > 0 { facts.add("code", "\(NumberText.count(code, "file")), which zoo does not run") }
        for names in checkpoint.sharedStorages.prefix(20) {
            facts.add("one storage", names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : ""))
        }
        let pairs = CheckpointFacts(checkpoint).pairs
        var others = DataTable([.init("Name", .code), .init("Value", .code)])
        for (name, fact) in pairs.prefix(200) {
            others.add([name.isEmpty ? "(the file itself)" : name, fact.description])
        }
        return Page.Section("contents", "What else is in it") {
            facts.html
            if !pairs.isEmpty {
                HTML("h3") { "Values beside the tensors" }
                others.html
                if pairs.count > 200 {
                    HTML.note("And \(NumberText.grouped(pairs.count - 200)) more; 'zoo inspect --json' has them all.")
                }
            }
        }
    }

    /// What a pickle would import, and what that means.
    var imports: Page.Section? {
        guard let scan, !scan.pickles.isEmpty || !scan.gaps.isEmpty else { return nil }
        var table = DataTable([
            .init("Name", .code), .init("What", .text), .init("Verdict", .text), .init("Why", .text),
        ])
        for finding in scan.pickles.flatMap(\.scan.findings).prefix(500) {
            table.add([
                finding.subject, finding.kind.rawValue, finding.verdict.rawValue,
                finding.reason.isEmpty ? "torch's own safe loader allows it" : finding.reason,
            ])
        }
        return Page.Section("imports", "Imports") {
            HTML("p") { "What Python would import and call to load the file with pickle; zoo does neither." }
            table.html
            for gap in scan.gaps.prefix(20) {
                HTML.warning("Could not be judged: \(ScanReport.name(gap.place)) \(gap.reason)")
            }
        }
    }
}
