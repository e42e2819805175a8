import ZooGraph
import ZooTensor

extension ReferenceEngine {
    /// What a training step remembers between its two halves: all results, forwards; all gradients, backwards.
    struct Tape {
        let graph: Graph
        let parameters: ParameterReader
        let mode: TrainingMode
        private(set) var results: [Values] = []
        private(set) var statistics: [String: BatchStatistics] = [:]
        private(set) var parameterGradients: [String: [Double]] = [:]

        init(_ graph: Graph, _ parameters: ParameterReader, _ mode: TrainingMode) {
            self.graph = graph
            self.parameters = parameters
            self.mode = mode
        }

        /// Checks that the mode speaks of nodes that there are.
        ///
        /// - Throws: ``EngineError`` (`wrongInput`).
        func checkMode(_ shapes: [Shape]) throws(EngineError) {
            var unknown = mode.batchNorms.union(mode.masks.keys)
            for (node, shape) in zip(graph.nodes, shapes) {
                switch node.operation {
                case .batchNorm where mode.batchNorms.contains(node.name):
                    guard shape.elementCount > shape[1] else {
                        throw refused(node.name, "a batch of a single value for each channel has no variance")
                    }
                    unknown.remove(node.name)
                case .dropout(let dropout):
                    guard let mask = mode.masks[node.name] else { break }
                    let expected = dropout.maskCount(for: shape)
                    guard mask.count == expected else {
                        throw refused(node.name, "the mask has \(mask.count) elements instead of \(expected)")
                    }
                    unknown.remove(node.name)
                default: break
                }
            }
            if let name = unknown.min() { throw refused(name, "no such batch norm or dropout is there to be trained") }
        }

        private func refused(_ name: String, _ message: String) -> EngineError {
            EngineError(.wrongInput, place: "\(graph.name): \(name)", message)
        }

        /// Computes the results of all nodes.
        mutating func runForward(_ input: Values, _ shapes: [Shape]) throws(EngineError) {
            for (node, shape) in zip(graph.nodes, shapes) {
                let inputs = node.inputs.map { results[$0] }
                switch node.operation {
                case .input: results.append(input)
                case .batchNorm(let layer) where mode.batchNorms.contains(node.name):
                    let seen = BatchStatistics(of: inputs[0])
                    statistics[node.name] = seen
                    results.append(
                        normalise(
                            inputs[0], layer, weight: try read(node, "weight"), bias: try read(node, "bias"),
                            mean: seen.mean, variance: seen.variance))
                case .dropout(let dropout):
                    results.append(drop(inputs[0], dropout, mode.masks[node.name]))
                default: results.append(try evaluate(node, inputs, shape, parameters))
                }
            }
        }

        /// Computes the gradients of all parameters from that of the result.
        ///
        /// A value that is read more than once gets the sum of what its readers say.
        ///
        /// - Returns: The gradient of the input.
        mutating func runBackward(_ outputGradient: Values) throws(EngineError) -> Values {
            var gradients = results.map { Values(zeros: $0.shape) }
            gradients[graph.output] = outputGradient
            for (index, node) in graph.nodes.enumerated().reversed() where index > 0 {
                for (input, part) in zip(node.inputs, try differentiate(node, gradients[index])) {
                    gradients[input].add(part)
                }
            }
            return gradients[0]
        }

        /// The elements of a parameter of `node`.
        func read(_ node: Graph.Node, _ name: String) throws(EngineError) -> [Double] {
            guard let parameter = node.operation.parameters.first(where: { $0.name == name }) else { return [] }
            return try parameters.values(node.name, name, parameter.shape).map { Double($0) }
        }

        /// Notes the gradient of a parameter of `node`.
        mutating func record(_ gradient: [Double], of name: String, _ node: Graph.Node) {
            parameterGradients[Graph.name(of: name, in: node.name)] = gradient
        }
    }
}

extension ReferenceEngine.Values {
    /// Zeros.
    init(zeros shape: Shape) {
        self.init(shape: shape, elements: [Double](repeating: 0, count: shape.elementCount))
    }

    /// Where `n, c, y, x` is among the elements.
    func index(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Int {
        ((n * shape[1] + c) * shape[2] + y) * shape[3] + x
    }

    mutating func add(_ other: ReferenceEngine.Values) {
        for index in elements.indices { elements[index] += other.elements[index] }
    }
}

extension ReferenceEngine.BatchStatistics {
    /// Mean and variance of each channel of `x`.
    init(of x: ReferenceEngine.Values) {
        let (images, channels, size) = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3])
        let count = Double(images * size)
        func sum(_ channel: Int, _ term: (Double) -> Double) -> Double {
            (0..<images).reduce(0) { total, n in
                let start = (n * channels + channel) * size
                return x.elements[start..<start + size].reduce(total) { $0 + term($1) }
            }
        }
        let mean = (0..<channels).map { sum($0) { $0 } / count }
        self.mean = mean
        self.variance = (0..<channels).map { c in sum(c) { ($0 - mean[c]) * ($0 - mean[c]) } / count }
        self.count = images * size
    }
}
