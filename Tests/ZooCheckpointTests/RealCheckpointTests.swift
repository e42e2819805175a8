import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

/// Files that other people's programs wrote.
@Suite(.enabled(if: RealData.isPresent, "\(RealData.absence)")) struct RealCheckpointTests {
    @Test("every tensor that PyTorch reads is read alike", .timeLimit(.minutes(1)))
    func agreesWithPyTorch() throws {
        let table = try ExpectedFile.table(RealData.file("expected/checkpoints.json"))
        var files = 0
        var tensors = 0
        var unread = 0
        for (name, expected) in table.sorted(by: { $0.key < $1.key }) where expected.refused == nil {
            do {
                let checkpoint = try Checkpoint.open(RealData.file("checkpoints/" + name))
                let differences = try expected.differences(from: checkpoint)
                #expect(differences == [], "\(name)")
                files += 1
                tensors += checkpoint.tensors.count
            } catch let error as CheckpointError {
                #expect(error.message == "a safetensors file is not read yet", "\(error)")
                unread += 1
            }
        }
        #expect(files == 128)
        #expect(tensors == 797)
        #expect(unread == 18)
    }

    @Test("whatever PyTorch refuses is read or refused with a reason, and judged", .timeLimit(.minutes(1)))
    func strangeFilesAreJudged() throws {
        for folder in ["checkpoints", "pickles", "zips", "broken", "weights"] {
            for path in try Fixtures.files(under: RealData.file(folder)) {
                let file = try MappedFile(path)
                let defect = CheckpointStructure.defect(in: file)
                do throws(CheckpointError) {
                    let checkpoint = try Checkpoint.open(path)
                    for entry in checkpoint.tensors { _ = try checkpoint.tensor(entry).digest() }
                    #expect(defect == nil, "\(path) opens, but \(defect.debugDescription)")
                } catch {
                    #expect(error.path == path)
                    #expect(error.description.hasPrefix("\(path): "))
                }
            }
        }
    }

    @Test func theTruncatedTarIsTruncated() throws {
        let file = try MappedFile(RealData.file("broken/deepwilson+vehicle_reid/resnet50-19c8e357.pth"))
        #expect(CheckpointStructure.defect(in: file)?.cause == .truncated)
    }

    @Test(
        "pretrained networks give their state dict",
        arguments: [
            ("weights/cifar10/resnet20-12fca82f.th", "state_dict", "conv1.weight", [16, 3, 3, 3]),
            ("weights/imagenet/mobilenetV1X0.25_pretrain.tar", "state_dict", "fc.weight", [1000, 256]),
        ] as [(String, String, String, [Int])])
    func stateDicts(file: String, key: String, name: String, sizes: [Int]) throws {
        let weights = try Checkpoint.open(RealData.file(file)).stateDict()
        #expect(weights.key == key)
        #expect(weights.strippedPrefix == "module.")
        #expect(weights[name]?.shape.sizes == sizes)
        #expect(weights[name]?.storage.isMapped == true)
    }
}
