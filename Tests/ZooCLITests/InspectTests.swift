import Foundation
import SystemPackage
import TestSupport
import Testing

/// What `zoo inspect` says of the fixtures that PyTorch wrote.
@Suite struct InspectTests {
    let zoo: ZooProcess

    init() throws { zoo = try ZooProcess() }

    static func fixture(_ name: String) -> String {
        RealData.projectRoot.appending("fixtures").appending("checkpoints").appending(name).string
    }

    struct Answer: Decodable {
        struct Tensor: Decodable {
            struct Statistics: Decodable {
                let min, max, mean, std: Double?
                let zeros, nans, infinities: Int
            }
            struct Quantisation: Decodable {
                let scale: Double?
                let zeroPoint, axis: Int?
                let scales: String?
            }
            let name, dtype: String
            let shape: [Int]
            let sha256: String?
            let statistics: Statistics?
            let quantisation: Quantisation?
            let bits: [String]?
        }
        struct Unread: Decodable { let name, reason: String }
        struct Producer: Decodable { let name, value: String }

        let format: String
        let tensors: [Tensor]
        let unread: [Unread]
        let producer: [Producer]
        let sharedStorages: [[String]]
        let pickleProtocol: Int?
        let byteOrder: String
    }

    @Test func statisticsAreThoseOfPyTorch() async throws {
        let run = try await zoo("inspect", Self.fixture("array.npy"), "--stats", "--json")
        let answer = try run.json(Answer.self)
        #expect(answer.format == "npy")
        let statistics = try #require(answer.tensors.first?.statistics)
        #expect(statistics.min == 0 && statistics.max == 5 && statistics.mean == 2.5)
        // torch.arange(6.).std()
        #expect(abs((statistics.std ?? 0) - 1.8708286933869707) < 1e-12)
        #expect(statistics.zeros == 1 && statistics.nans == 0 && statistics.infinities == 0)
        #expect(answer.tensors.first?.sha256 == nil)
    }

    @Test func quantisedTensorsSharedStoragesAndProducer() async throws {
        let answer = try await zoo("inspect", Self.fixture("quantised.pth"), "--json").json(Answer.self)
        let tensors = Dictionary(uniqueKeysWithValues: answer.tensors.map { ($0.name, $0) })
        #expect(tensors["qint8"]?.quantisation?.scale == 0.05)
        #expect(tensors["qint8"]?.quantisation?.zeroPoint == 2)
        #expect(tensors["channels"]?.quantisation?.scales == "channels.scales")
        #expect(answer.sharedStorages == [["qint8", "view"]])
        #expect(answer.producer.contains { $0.name == ".storage_alignment" && $0.value == "64" })
        #expect(answer.pickleProtocol == 2 && answer.byteOrder == "little")
    }

    @Test func lazyBitsAreNamed() async throws {
        let answer = try await zoo("inspect", Self.fixture("lazy.pth"), "--json", "--stats").json(Answer.self)
        #expect(answer.tensors.map(\.bits) == [["conj"], ["neg"], ["conj", "neg"]])
        // Complex numbers have no order.
        #expect(answer.tensors.map { $0.statistics == nil } == [true, false, true])
    }

    @Test func whatIsNotReadIsAWarning() async throws {
        let run = try await zoo("inspect", Self.fixture("partly.npz"))
        #expect(run.status == 0)
        #expect(run.errors.contains("text is not read: numpy arrays of the type '<U1' are not read"))
        #expect(run.output.contains("1 tensor in 1 storage"))
    }

    @Test func metaTensorsHaveNoDigest() async throws {
        let run = try await zoo("inspect", Self.fixture("meta.pth"), "--json", "--digest", "--stats")
        let answer = try run.json(Answer.self)
        #expect(answer.tensors.map { $0.sha256 == nil } == [true, false])
    }

    @Test func theTreeOfAProgram() async throws {
        let run = try await zoo("inspect", Self.fixture("program.pt"), "--tree")
        #expect(
            run.output.contains(
                """
                __torch__.Scripted
                  scale: float32 1
                """))
        #expect(run.output.contains("    weight: float32 3×2\n"))
        #expect(run.output.contains("  CONSTANTS: dict of 1\n    c0: float32 3\n"))
        #expect(run.output.contains("files of code, which zoo does not run"))
    }
}
