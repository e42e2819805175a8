import ZooEngine
import ZooTensor

// A learner's state in PyTorch's order of elements, whatever the engine's is.
extension LearnerState {
    /// The state of a network's parameters and of what moves them.
    init(_ parameters: TrainableParameters, _ stepper: Stepper) throws {
        let memory = try stepper.memory.reordered { values, name in try parameters.rowMajor(values, of: name) }
        self.init(parameters: try parameters.tensors(), memory: memory, plateau: stepper.plateau)
    }
}

extension Stepper {
    /// Goes on after `epoch` epochs of another stepper with the same settings; `parameters` have their values already.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for a state that does not fit.
    mutating func restore(_ state: LearnerState, of parameters: TrainableParameters, after epoch: Int) throws {
        let memory = try state.memory.reordered { values, name in try parameters.optimiserOrder(values, of: name) }
        var counts: [String: Int] = [:]
        parameters.changeGradients { name, _, values in counts[name] = values.count }
        try restore(memory, plateau: state.plateau, after: epoch, elementCounts: counts)
    }
}
