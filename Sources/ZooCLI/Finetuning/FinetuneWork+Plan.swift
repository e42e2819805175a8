import ZooGraph
import ZooImage
import ZooTraining

extension FinetuneWork {
    /// Shows each layer with its parameters, when it is trained, and its learning rate.
    func showPlan() throws {
        let options = try command.tunerOptions(network, splits)
        let plan = try FineTuningPlan(
            network, joining: others, options: options, classCount: splits.train.outputNames.count)
        if command.talk.json { return try console.json(PlanAnswer(plan)) }
        var table = Table([
            ("layer", .left), ("parameters", .right), ("trained", .left), ("learning rate", .right),
        ])
        for layer in plan.layers {
            let trained = layer.firstEpoch.map { $0 == 1 ? "yes" : "from epoch \($0)" }
            table.add([
                layer.name, Formatting.grouped(layer.parameterCount),
                trained ?? (layer.recordsStatistics ? "statistics" : "no"),
                layer.learningRate.map { "\($0)" } ?? "–",
            ])
        }
        console.result(table.text)
        console.message(
            "\(architecture) with \(Formatting.count(splits.train.outputNames.count, "class", "classes"))"
                + (splits.train.tasks.map { " of \($0.tasks.count) tasks" } ?? "") + ": "
                + "\(Formatting.grouped(plan.trainedCounts.last ?? 0)) of \(Formatting.grouped(plan.parameterCount)) parameters "
                + "are trained"
                + (plan.trainedCounts.count > 1
                    ? " in the end, \(Formatting.grouped(plan.trainedCounts[0])) at first" : ""))
    }

    private struct PlanAnswer: Encodable {
        struct Layer: Encodable {
            let name: String
            let parameters: Int
            let firstEpoch: Int?
            let learningRate: Double?
            let recordsStatistics: Bool
        }

        let layers: [Layer]
        let parameters: Int
        let trained: [Int]

        init(_ plan: FineTuningPlan) {
            layers = plan.layers.map {
                Layer(
                    name: $0.name, parameters: $0.parameterCount, firstEpoch: $0.firstEpoch,
                    learningRate: $0.learningRate, recordsStatistics: $0.recordsStatistics)
            }
            parameters = plan.parameterCount
            trained = plan.trainedCounts
        }
    }
}
