import FoundationEssentials
import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooTensor

/// What a run has reached, as a file in PyTorch's format: the learner's state, the best epoch, and every epoch's figures.
struct RunState {
    var state: LearnerState
    var outcome: TrainingLoop.Outcome

    /// The figures, as JSON within the file.
    private struct History: Codable {
        var epochs: [EpochRecord]
        var bestEpoch: Int
        var bestAccuracy: Double
        var bestLoss: Double
        var plateau: PlateauState
        var headSettings: [String: String]?
    }

    func write(to path: FilePath) throws {
        let history = History(
            epochs: outcome.epochs, bestEpoch: outcome.bestEpoch, bestAccuracy: outcome.bestAccuracy,
            bestLoss: outcome.bestLoss, plateau: state.plateau, headSettings: state.headSettings)
        let optimiser = state.memory.optimiser.sorted { $0.key < $1.key }.map { name, state in
            let buffers = state.buffers.sorted { $0.key < $1.key }.map { ($0.key, Self.saved($0.value)) }
            return (name, SavedValue.dictionary([("step", .int(state.step))] + buffers))
        }
        let value = SavedValue.dictionary([
            ("parameters", Self.saved(state.parameters)),
            ("optimizer", .dictionary(optimiser)),
            (
                "averages",
                .dictionary(state.memory.averages.sorted { $0.key < $1.key }.map { ($0.key, Self.saved($0.value)) })
            ),
            ("best", Self.saved(outcome.best)),
            ("history", .string(String(decoding: try JSONEncoder().encode(history), as: UTF8.self))),
        ])
        try PyTorchZipWriter.write(value, to: path)
    }

    private static func saved(_ tensors: [String: Tensor]) -> SavedValue {
        .orderedDictionary(tensors.sorted { $0.key < $1.key }.map { ($0.key, .tensor($0.value)) })
    }

    private static func saved(_ values: [Float]) -> SavedValue {
        .tensor(Tensor(values, shape: [values.count]))
    }

    /// - Throws: ``CheckpointError`` for a file that cannot be read, ``TrainingError`` (`unfitCheckpoint`) for one that is
    ///   no state.
    init(_ path: FilePath) throws {
        let checkpoint = try Checkpoint.open(path)
        let reader = Reader(checkpoint: checkpoint)
        guard let text = checkpoint.root["history"]?.stringValue,
            let history = try? JSONDecoder().decode(History.self, from: Data(text.utf8))
        else { throw TrainingError.unfitState("\(path) holds no state of a training run") }
        var optimiser: [String: OptimiserState] = [:]
        for (name, value) in reader.pairs("optimizer") {
            var state = OptimiserState(step: value["step"]?.intValue ?? -1)
            for pair in value.dictionaryValue?.pairs ?? [] where pair.value.tensorValue != nil {
                state.buffers[pair.key.stringValue ?? ""] = try reader.tensor(pair.value).float32Values()
            }
            optimiser[name] = state
        }
        state = LearnerState(
            parameters: try reader.tensors("parameters"),
            memory: StepperMemory(
                optimiser: optimiser, averages: try reader.tensors("averages").mapValues { try $0.float32Values() }),
            plateau: history.plateau, headSettings: history.headSettings)
        outcome = TrainingLoop.Outcome(
            best: try reader.tensors("best"), bestEpoch: history.bestEpoch, bestAccuracy: history.bestAccuracy,
            bestLoss: history.bestLoss, epochs: history.epochs)
    }

    init(state: LearnerState, outcome: TrainingLoop.Outcome) {
        self.state = state
        self.outcome = outcome
    }

    private struct Reader {
        let checkpoint: Checkpoint

        func pairs(_ key: String) -> [(String, CheckpointValue)] {
            (checkpoint.root[key]?.dictionaryValue?.pairs ?? []).map { ($0.key.stringValue ?? "", $0.value) }
        }

        func tensors(_ key: String) throws -> [String: Tensor] {
            var tensors: [String: Tensor] = [:]
            for (name, value) in pairs(key) { tensors[name] = try tensor(value) }
            return tensors
        }

        func tensor(_ value: CheckpointValue) throws -> Tensor {
            guard let entry = value.tensorValue else {
                throw TrainingError.unfitState("\(checkpoint.path) has something else where a tensor is expected")
            }
            return try checkpoint.tensor(entry)
        }
    }
}
