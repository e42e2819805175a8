import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

extension FineTuner {
    /// Trains layers of the network on images.
    func trainLayers(
        _ train: ImageFolder, _ validation: ImageFolder, _ layers: TrainedLayers, _ loop: TrainingLoop,
        _ onProgress: (Progress) throws -> Void
    ) throws -> Outcome {
        let (learner, images, failures) = try networkLearner(train, validation, layers, onProgress)
        loop.recorder?.note(judged: images.validation, failures: failures)
        let outcome = try loop.run(learner) { event in
            switch event {
            case .images(let done, let epoch):
                try onProgress(.images(done: done, total: images.train.count, epoch: epoch))
            case .epoch(let record): try onProgress(.epoch(record, of: options.settings.epochs))
            }
        }
        return Outcome(
            graph: learner.graph, network: network, outcome, trainCount: images.train.count,
            valCount: images.validation.count, failures: failures, slowLayers: learner.slowLayers)
    }

    /// A learner of the network with a new head, its images, and those that cannot be read.
    func networkLearner(
        _ train: ImageFolder, _ validation: ImageFolder, _ layers: TrainedLayers,
        _ onProgress: (Progress) throws -> Void
    ) throws -> (learner: NetworkLearner, images: NetworkLearner.Images, failures: [ImageFailure]) {
        let samples = train.samples + validation.samples
        // Before the first epoch, so that a broken file does not end the work in the middle of one.
        let failures = try ReadableImages.failures(in: samples, threadCount: running.engineOptions.threads) {
            try onProgress(.checked(done: $0, total: samples.count))
        }
        let broken = Set(failures.map(\.index))
        let readable = { (range: Range<Int>) in range.filter { !broken.contains($0) }.map { samples[$0] } }
        var learnt = readable(0..<train.samples.count)
        if let seed = options.bootstrap {
            learnt = Bootstrap.rows(count: learnt.count, seed: seed).map { learnt[$0] }
        }
        var images = NetworkLearner.Images(
            train: learnt, validation: readable(train.samples.count..<samples.count),
            preprocessing: network.preprocessing, augmentation: options.augmentation)
        images.tasks = train.tasks
        try require(failures, train, usable: !images.train.isEmpty && !images.validation.isEmpty)

        let graph = try graph(classCount: train.outputNames.count)
        let head = try startingHead(
            classCount: train.outputNames.count, pixelCount: network.head.isConvolution ? 1 : nil)
        let newHead = Dictionary(
            uniqueKeysWithValues: head.tensors(prefix: network.head.prefix).map { ($0.name, $0.tensor) })
        let learner = try NetworkLearner(
            graph, source: network.parameters.merging(newHead) { $1 }, stages: try layers.stages(of: graph),
            images: images, settings: options.settings, running: running, distillation: distillation,
            masks: masks)
        return (learner, images, failures)
    }
}

extension Graph {
    /// The same network with a dropout directly in front of its head, in place of one that is there.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head.
    /// - Complexity: O(nodes).
    func addingHeadDropout(_ probability: Double) throws -> Graph {
        guard let head, let index = nodes.firstIndex(where: { $0.name == head.prefix }) else {
            throw GraphError(.noHead, place: name, "there is no output layer to put a dropout in front of")
        }
        let dropout = ZooGraph.Operation.dropout(Dropout(probability: probability))
        let input = nodes[index].inputs[0]
        if case .dropout = nodes[input].operation {
            var nodes = nodes
            nodes[input] = Node(name: nodes[input].name, operation: dropout, inputs: nodes[input].inputs)
            return try Graph(name: name, nodes: nodes, output: output, head: head.prefix, listing: listing)
        }
        // The new node takes the head's place; the head and everything behind it move up by one.
        let moved = { (old: Int) in old >= index ? old + 1 : old }
        var nodes = nodes.map { Node(name: $0.name, operation: $0.operation, inputs: $0.inputs.map(moved)) }
        let last = nodes[index]
        nodes[index] = Node(name: last.name, operation: last.operation, inputs: [index])
        nodes.insert(Node(name: "\(head.prefix).dropout", operation: dropout, inputs: [input]), at: index)
        return try Graph(
            name: name, nodes: nodes, output: moved(output), head: head.prefix, listing: listing.map(moved) + [index])
    }
}
