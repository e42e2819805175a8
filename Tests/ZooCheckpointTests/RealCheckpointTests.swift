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
        for (name, expected) in table.sorted(by: { $0.key < $1.key }) where expected.refused == nil {
            let checkpoint = try Checkpoint.open(RealData.file("checkpoints/" + name))
            #expect(try expected.differences(from: checkpoint) == [], "\(name)")
            #expect(checkpoint.unread.isEmpty, "\(name)")
            files += 1
            tensors += checkpoint.tensors.count
        }
        #expect(files == 146)
        #expect(tensors == 855)
    }

    @Test("what PyTorch refuses and zoo reads", .timeLimit(.minutes(1)))
    func readsMoreThanPyTorch() throws {
        let table = try ExpectedFile.table(RealData.file("expected/checkpoints.json"))
        var read: [CheckpointFormat: Int] = [:]
        var reasons: [String: Int] = [:]
        for (name, expected) in table where expected.refused != nil {
            do throws(CheckpointError) {
                let checkpoint = try Checkpoint.open(RealData.file("checkpoints/" + name))
                for entry in checkpoint.tensors { _ = try checkpoint.tensor(entry) }
                #expect(checkpoint.unread.isEmpty && checkpoint.hiddenTensorCount == 0, "\(name)")
                read[checkpoint.format, default: 0] += 1
            } catch {
                reasons[error.message, default: 0] += 1
            }
        }
        #expect(
            read == [
                .torchZip: 30, .torchLegacy: 32, .torchScript: 39, .torchTar: 1, .npy: 5, .npz: 1, .torchSharp: 2,
            ])
        #expect(
            reasons == [
                "not a checkpoint but the state of an optimizer in TorchSharp's own format, of which zoo reads state dicts and tensors":
                    16,
                "not a checkpoint but text that begins with 'abc'; fetch it again": 1,
                "not a checkpoint but a legacy PyTorch file that was converted as text, which destroyed it; fetch it again":
                    1,
            ])
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
