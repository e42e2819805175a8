import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooReport
import ZooTensor

/// The page about a checkpoint: where its bytes are, what its values look like, and what else is in it.
struct CheckpointReport {
    let checkpoint: Checkpoint
    let survey: TensorSurvey
    /// What loading it in Python would import; `nil` for what is no pickle.
    let scan: FileScan?

    /// Of more tensors the table would be of no use.
    static let tableLimit = 3000

    /// Looks at every value of a checkpoint.
    ///
    /// - Parameter onTensor: called before each tensor; what it throws ends the work.
    init(_ checkpoint: Checkpoint, onTensor: () throws -> Void) throws {
        self.checkpoint = checkpoint
        survey = try TensorSurvey(checkpoint, onTensor: onTensor)
        scan = try? FileScanner.scan(checkpoint.path, trace: nil)
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``FileError``.
    func write(to path: FilePath) throws {
        try page.write(to: path)
    }

    private var page: Page {
        Page(
            title: checkpoint.path.lastComponent?.string ?? checkpoint.path.string,
            subtitle: HTML("A checkpoint, stored as \(checkpoint.format.rawValue)"), summary: summary,
            sections: [sizes, values, types, tensorTable, contents, imports],
            footer: "Written by zoo \(ZooVersion.current). Nothing in the file was run.")
    }

    private var byteCount: Int { checkpoint.tensors.reduce(0) { $0 + ($1.isMeta ? 0 : $1.layout.byteCount) } }
    private var elementCount: Int { checkpoint.tensors.reduce(0) { $0 + $1.shape.elementCount } }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        for tensor in checkpoint.unread.prefix(10) {
            HTML.warning("\(tensor.name.isEmpty ? "The file itself" : tensor.name) is not read: \(tensor.reason)")
        }
        if checkpoint.hiddenTensorCount > 0 {
            HTML.warning(
                "\(NumberText.count(checkpoint.hiddenTensorCount, "further tensor")) inside instances of classes that zoo "
                    + "does not know; they are not shown.")
        }
        oddities
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        tiles.add("Tensors", NumberText.grouped(checkpoint.tensors.count), note: "in \(storages)")
        tiles.add("Elements", Self.millions(elementCount), note: NumberText.grouped(elementCount))
        tiles.add("Bytes", NumberText.bytes(byteCount), note: NumberText.grouped(byteCount))
        tiles.add("Format", checkpoint.format.rawValue)
        if let scan {
            tiles.add(
                "Python", scan.verdict.rawValue,
                note: scan.verdict == .safe ? "nothing to fear from loading it" : "see Imports")
        }
        return tiles
    }

    private static func millions(_ count: Int) -> String {
        switch count {
        case ..<100_000: NumberText.grouped(count)
        case ..<1_000_000_000: "\(NumberText.fixed(Double(count) / 1e6, count < 10_000_000 ? 2 : 1)) M"
        default: "\(NumberText.fixed(Double(count) / 1e9, 2)) G"
        }
    }

    private var storages: String {
        NumberText.count(Set(checkpoint.tensors.map(\.storage)).count, "storage")
    }

    /// What should not be in weights.
    @HTMLBuilder private var oddities: [HTML] {
        let strange = zip(checkpoint.tensors, survey.statistics).filter {
            ($1?.nanCount ?? 0) + ($1?.infinityCount ?? 0) > 0
        }
        if let first = strange.first {
            HTML.warning(
                "\(NumberText.count(strange.count, "tensor")) with values that are no finite numbers; the first: "
                    + (first.0.name.isEmpty ? "the file itself" : first.0.name))
        }
    }
}
