import ZooTensor

extension EnsembleClassifier {
    /// One that answers: a head on what one body makes of an image, or several side by side.
    public struct Member: Sendable {
        /// What a body makes of an image, as the head takes it.
        struct Input: Sendable {
            /// Which of the ensemble's bodies.
            let source: Int
            /// How its features are made like those of others; as they are if `nil`.
            var normalisation: CodesNormalisation?
        }

        /// What it is called: the name of its file, say.
        public let name: String
        /// What the head takes.
        let inputs: [Input]
        /// What tells the classes apart.
        let head: any FeatureHead
        /// For each of the ensemble's classes the output of the head; `nil` if they have the same order.
        let outputs: [Int]?

        init(name: String, inputs: [Input], head: any FeatureHead, outputs: [Int]? = nil) {
            self.name = name
            self.inputs = inputs
            self.head = head
            self.outputs = outputs
        }

        /// The output layer of a body, for the ensemble's classes in their order.
        init(name: String, source: Int, head: LinearHead) {
            self.init(name: name, inputs: [Input(source: source)], head: head)
        }

        /// The body and its output layer, of a member that is a network; `nil` for another head, and for one on several
        /// bodies.
        var layer: (source: Int, head: LinearHead)? {
            guard inputs.count == 1, inputs[0].normalisation == nil, outputs == nil, let head = head as? LinearHead
            else {
                return nil
            }
            return (inputs[0].source, head)
        }

        /// The logits for the ensemble's classes of features of each input, all of the same images.
        func logits(of features: [Matrix]) -> Matrix {
            let parts = zip(inputs, features).map { $0.normalisation?($1) ?? $1 }
            let logits = head.logits(of: Matrix(sideBySide: parts))
            return outputs.map { logits.gatheringColumns($0) } ?? logits
        }

        /// What a file keeps of the head, by the names behind that of the member.
        var headTensors: [(name: String, tensor: Tensor)] {
            var result = head.tensors
            for (number, input) in inputs.enumerated() {
                guard let normalisation = input.normalisation else { continue }
                let (mean, scale) = (normalisation.mean, normalisation.scale)
                result.append(("normalisation.\(number).mean", Tensor(mean, shape: [mean.count])))
                result.append(("normalisation.\(number).scale", Tensor([scale], shape: [1])))
            }
            return result
        }
    }
}
