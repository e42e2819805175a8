import ZooReport

/// Which layers were trained, and how fast they learnt.
struct LayersSection {
    let plan: FineTuningPlan

    /// Some layers that belong together.
    private struct Block {
        let name: String
        var layers: [FineTuningPlan.Layer] = []

        var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
        var trainedCount: Int { layers.reduce(0) { $0 + ($1.firstEpoch == nil ? 0 : $1.parameterCount) } }
    }

    var section: Page.Section? {
        guard !plan.layers.isEmpty else { return nil }
        let trained = plan.trainedCounts.last ?? 0
        return Page.Section("layers", "What was trained") {
            HTML("p") {
                "\(NumberText.grouped(trained)) of \(NumberText.grouped(plan.parameterCount)) parameters"
                " (\(NumberText.percent(Double(trained) / Double(max(plan.parameterCount, 1)))))"
                plan.trainedCounts.count > 1
                    ? " in the end, \(NumberText.grouped(plan.trainedCounts[0])) at first. " : ". "
                "What is frozen is bit for bit what it was."
            }
            blockTable
            HTML.details("All \(NumberText.count(plan.layers.count, "layer"))") { layerTable }
        }
    }

    private var blocks: [Block] {
        var blocks: [Block] = []
        for layer in plan.layers {
            let name = LayerBlocks.blockName(of: layer.name) ?? layer.name
            if blocks.last?.name != name { blocks.append(Block(name: name)) }
            blocks[blocks.count - 1].layers.append(layer)
        }
        return blocks
    }

    private var blockTable: [HTML] {
        var table = DataTable([
            .init("Block", .code), .init("Layers"), .init("Parameters"), .init("Trained", .text),
            .init("From epoch"), .init("Learning rate"),
        ])
        for block in blocks {
            let share = Double(block.trainedCount) / Double(max(block.parameterCount, 1))
            table.add([
                HTML(block.name), HTML("\(block.layers.count)"), HTML(NumberText.grouped(block.parameterCount)),
                block.trainedCount == 0
                    ? HTML("span", ["class": "muted"]) { "frozen" }
                    : HTML.meter(share >= 1 ? "all" : NumberText.percent(share), share: share, colour: 3),
                HTML(block.layers.compactMap(\.firstEpoch).min().map { "\($0)" } ?? "–"),
                HTML(Self.rates(block.layers)),
            ])
        }
        return table.html
    }

    /// The learning rates of layers before any schedule.
    private static func rates(_ layers: [FineTuningPlan.Layer]) -> String {
        let rates = Set(layers.compactMap(\.learningRate)).sorted()
        guard let first = rates.first, let last = rates.last else { return "–" }
        return first == last ? NumberText.short(first) : "\(NumberText.short(first)) to \(NumberText.short(last))"
    }

    private var layerTable: [HTML] {
        var table = DataTable([
            .init("Layer", .code), .init("Parameters"), .init("Trained", .text), .init("Learning rate"),
        ])
        for layer in plan.layers {
            let trained = layer.firstEpoch.map { $0 == 1 ? "yes" : "from epoch \($0)" }
            table.add([
                layer.name, NumberText.grouped(layer.parameterCount),
                trained ?? (layer.recordsStatistics ? "statistics only" : "no"), Self.rates([layer]),
            ])
        }
        return table.html
    }
}
