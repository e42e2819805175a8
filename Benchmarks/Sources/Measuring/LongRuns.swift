import Glibc
import ZooCore

extension NetworkArguments {
    /// Does batches for ``minutes`` and prints a line of JSON a minute: does memory grow, does speed fall? The last line
    /// compares end and beginning.
    public func endure(minutes: Double, _ work: String, _ batch: () throws -> Void) rethrows {
        // What is made on the way belongs to the beginning.
        for _ in 0..<3 { try batch() }
        let (clock, first) = (ContinuousClock.now, Measurement.residentBytes)
        var costs: [Double] = []
        var (total, largest) = (0, first)
        while clock.secondsUntilNow < minutes * 60 {
            let (part, start) = (ContinuousClock.now, Measurement.processorSeconds)
            var count = 0
            while part.secondsUntilNow < min(60, minutes * 60) {
                try batch()
                count += 1
            }
            total += count
            largest = max(largest, Measurement.residentBytes)
            costs.append((Measurement.processorSeconds - start) / Double(count * batchSize))
            let seconds = Int(clock.secondsUntilNow.rounded())
            print(
                "{\"work\": \"\(work)\", \"seconds\": \(seconds), \"batches\": \(total), "
                    + "\"residentBytes\": \(Measurement.residentBytes), "
                    + "\"processorSecondsPerImage\": \((costs[costs.count - 1] * 1e5).rounded() / 1e5)}")
            fflush(nil)
        }
        let last = Measurement.residentBytes
        let summary = [
            "\"work\": \"\(work)\"", "\"batches\": \(total)", "\"residentBytesAtFirst\": \(first)",
            "\"residentBytesAtLast\": \(last)", "\"mostResidentBytes\": \(largest)", "\"grownBytes\": \(last - first)",
            "\"lastPartToFirst\": \(((costs.last ?? 0) / (costs.first ?? 1) * 1e3).rounded() / 1e3)",
        ]
        print("{\((fields + summary).joined(separator: ", "))}")
    }

    /// Does that many batches, with a line before each: for `profile.py`, which reads oneDNN's report between them.
    public func profile(batches: Int, _ batch: () throws -> Void) rethrows {
        for index in 0..<batches {
            print("# batch \(index)")
            fflush(nil)
            try batch()
        }
        print("# end")
    }
}
