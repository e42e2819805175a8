import Glibc
import ZooCheckpoint
import ZooTensor

extension InspectCommand {
    /// Prints the result for a person.
    func show(_ checkpoint: Checkpoint, _ looks: [Look], console: Console) {
        console.result("\(checkpoint.path): \(checkpoint.format.rawValue)")
        if tree {
            for line in CheckpointTree(checkpoint).lines { console.result(line) }
        } else if !checkpoint.tensors.isEmpty {
            console.result(table(checkpoint, looks))
        }
        let elements = checkpoint.tensors.reduce(0) { $0 + $1.shape.elementCount }
        let bytes = checkpoint.tensors.reduce(0) { $0 + $1.layout.byteCount }
        let storages = Set(checkpoint.tensors.map(\.storage)).count
        console.result(
            "\(Formatting.count(checkpoint.tensors.count, "tensor")) in \(Formatting.count(storages, "storage")), "
                + "\(Formatting.count(elements, "element")), \(Formatting.bytes(bytes))")
        for names in checkpoint.sharedStorages.prefix(20) {
            console.result("shared: " + names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : ""))
        }
        warn(of: checkpoint, console)
        let facts = CheckpointFacts(checkpoint).pairs
        for (name, fact) in facts.prefix(20) {
            console.result("\(name.isEmpty ? "(the file itself)" : name) = \(fact)")
        }
        if facts.count > 20 { console.result("… and \(facts.count - 20) more values; --json has them all") }
        console.result("written with: " + producer(checkpoint))
        console.result("imports: " + (checkpoint.globals.isEmpty ? "none" : checkpoint.globals.joined(separator: ", ")))
    }

    private func warn(of checkpoint: Checkpoint, _ console: Console) {
        for tensor in checkpoint.unread {
            console.warning("\(tensor.name.isEmpty ? "the file itself" : tensor.name) is not read: \(tensor.reason)")
        }
        if checkpoint.hiddenTensorCount > 0 {
            console.warning(
                "\(Formatting.count(checkpoint.hiddenTensorCount, "further tensor")) inside instances of classes that "
                    + "zoo does not know; they are not listed")
        }
    }

    private func producer(_ checkpoint: Checkpoint) -> String {
        var parts = checkpoint.producerFacts.filter { $0.name != "code" }.map { "\($0.name) \($0.value)" }
        if let version = checkpoint.pickleProtocol { parts.append("pickle protocol \(version)") }
        parts.append("\(checkpoint.isBigEndian ? "big" : "little")-endian numbers")
        let code = checkpoint.producerFacts.count { $0.name == "code" }
        if code > 0 { parts.append("\(Formatting.count(code, "file")) of code, which zoo does not run") }
        return parts.joined(separator: ", ")
    }

    private func table(_ checkpoint: Checkpoint, _ looks: [Look]) -> Table {
        var columns: [Table.Column] = [
            .init("TENSOR", .left, .shortened), .init("DTYPE", .left, stats || digest ? .leftOut(2) : .never),
            .init("SHAPE"), .init("BYTES", .right, .leftOut(1)),
        ]
        if stats {
            columns += ["MIN", "MAX", "MEAN", "STD"].map { .init($0, .right) }
            columns += ["ZEROS", "NAN", "INF"].map { .init($0, .right, .leftOut(3)) }
        }
        if digest { columns.append(.init("SHA-256", .left, .shortened)) }
        var table = Table(columns)
        for (entry, look) in zip(checkpoint.tensors, looks) {
            table.add(
                [
                    entry.name.isEmpty ? "(the file itself)" : entry.name, Self.dtype(entry),
                    entry.shape.description, entry.isMeta ? "none" : Formatting.grouped(entry.layout.byteCount),
                ] + (stats ? Self.cells(look.statistics) : []) + (digest ? [look.digest ?? "-"] : []))
        }
        return table
    }

    static func dtype(_ entry: TensorEntry) -> String {
        var text = entry.dtype.name
        switch entry.quantisation {
        case .perTensor(let scale, let zeroPoint): text += " (q - \(zeroPoint))·\(scale)"
        case .perChannel(let axis, _, _): text += " by axis \(axis)"
        case nil: break
        }
        if entry.isConjugated { text += " conj" }
        if entry.isNegated { text += " neg" }
        return text
    }

    private static func cells(_ statistics: TensorStatistics?) -> [String] {
        guard let statistics else { return Array(repeating: "-", count: 7) }
        let values = [
            statistics.minimum, statistics.maximum, statistics.mean, statistics.standardDeviation,
        ]
        return values.map { $0.map(short) ?? "-" }
            + [statistics.zeroCount, statistics.nanCount, statistics.infinityCount].map { Formatting.grouped($0) }
    }

    /// A number with at most six digits that count.
    private static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "\(value)" }
        var scale = 1.0
        var magnitude = value.magnitude
        while magnitude < 100_000, scale < 1e12 {
            magnitude *= 10
            scale *= 10
        }
        guard magnitude < 1 || value.magnitude > 1e15 else { return "\((value * scale).rounded() / scale)" }
        let exponent = Int(log10(value.magnitude).rounded(.down))
        // In two steps: the power of a number below the normal ones is infinite.
        let digits = value / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
        return "\((digits * 1e5).rounded() / 1e5)e\(exponent < 0 ? "" : "+")\(exponent)"
    }
}

extension Checkpoint {
    /// The names of the tensors that share a storage, for every storage with several.
    var sharedStorages: [[String]] {
        var names: [String: [String]] = [:]
        var order: [String] = []
        for entry in tensors where !entry.isMeta {
            if names[entry.storage] == nil { order.append(entry.storage) }
            names[entry.storage, default: []].append(entry.name)
        }
        return order.compactMap { names[$0] }.filter { $0.count > 1 }
    }
}
