import Glibc
import SystemPackage
import ZooImage
import ZooTraining

// Trains with a loss and a head that zoo does not have, and reads the result again:
// swift run OwnHead resnet18-f37072fd.pth photos own.pth

@main enum OwnHead {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { FilePath($0) }
        guard arguments.count == 3 else { return print("usage: OwnHead CHECKPOINT PHOTOS RESULT") }
        do {
            try run(arguments[0], on: arguments[1], into: arguments[2])
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    static func run(_ weights: FilePath, on photos: FilePath, into result: FilePath) throws {
        let network = try NetworkLoader().load(weights)
        let images = try ImageFolder.open(photos)
        let split = images.train.split(validationFraction: 0.2, seed: 0)
        let (train, validation) = images.validation.map { (images.train, $0) } ?? (split.train, split.validation)

        // A linear head, trained by steps to make the loss small.
        var settings = TrainingSettings()
        settings.loss = .custom(GeneralisedCrossEntropy(q: 0.5))
        var options = FineTuner.Options(method: .head(copies: 1), settings: settings)
        let memory = FeatureMemory()
        let trained = try FineTuner(network, options: options, running: .init(), memory: memory)
            .train(on: train, validation: validation) { _ in }
        print("generalised cross-entropy: \(trained.bestAccuracy) of \(trained.valCount) photos right")

        // A head that is made in one go, on the same features.
        options.head = .fitted(MeanDirection())
        let made = try FineTuner(network, options: options, running: .init(), memory: memory)
            .train(on: train, validation: validation) { _ in }
        try made.write(to: result, network: network, classes: train.classes, provenance: [("source", weights.string)])

        // Whoever reads it says which heads there are beside zoo's own.
        let classifier = try ClassifierLoader(heads: [MeanDirectionHead.self]).load(result)
        let outputs = try classifier.logits(of: validation.samples, running: .init()) { _ in }
        let labels = outputs.sampleIndices.map { validation.samples[$0].label }
        let judged = Evaluation(
            logits: outputs.rows, labels: labels,
            outputs: try Evaluation.outputs(for: validation.classes, of: classifier))
        print("\(result): \(classifier.title), \(judged.confusion.accuracy) of \(judged.confusion.total) photos right")
        guard judged.confusion.accuracy == made.bestAccuracy else { throw AnotherHead() }
    }
}

/// What the file gave back judges otherwise than what was written.
struct AnotherHead: Error, CustomStringConvertible {
    var description: String { "another head came back from the file" }
}
