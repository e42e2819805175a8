import Glibc
import SystemPackage
import ZooImage
import ZooTraining

// Trains a new head on the features of a network, and writes a checkpoint for PyTorch:
// swift run FinetunePhotos resnet18-f37072fd.pth photos flowers.pth

@main enum FinetunePhotos {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { FilePath($0) }
        guard arguments.count == 3 else { return print("usage: FinetunePhotos CHECKPOINT PHOTOS RESULT") }
        do {
            try finetune(arguments[0], on: arguments[1], into: arguments[2])
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    static func finetune(_ weights: FilePath, on photos: FilePath, into result: FilePath) throws {
        // The network is recognised by the names and shapes of its tensors.
        let network = try NetworkLoader().load(weights)
        let images = try ImageFolder.open(photos)
        let split = images.train.split(validationFraction: 0.2, seed: 0)
        let validation = images.validation ?? split.validation
        let train = images.validation == nil ? split.train : images.train

        var settings = TrainingSettings()
        settings.epochs = 20
        let tuner = FineTuner(
            network, options: FineTuner.Options(method: .head(copies: 1), settings: settings),
            running: NetworkRunner.Options())
        let outcome = try tuner.train(on: train, validation: validation) { progress in
            if case .epoch(let epoch, _) = progress { print("epoch \(epoch.epoch): \(epoch.valAccuracy)") }
        }

        let model = FineTunedModel(
            graph: outcome.graph, tensors: outcome.tensors, classes: train.classes,
            preprocessing: network.preprocessing, provenance: [("source", weights.string)])
        try model.write(to: result)
        print("\(result): \(outcome.bestAccuracy) of \(outcome.valCount) photos right")
    }
}
