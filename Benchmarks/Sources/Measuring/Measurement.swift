import Glibc
import ZooCore

/// Work that was done again and again.
public struct Measurement {
    /// Of the rounds, in order of size.
    public let imagesPerSecond: [Double]
    /// Processor time of all threads, of the rounds, in order of size.
    public let processorSecondsPerImage: [Double]

    /// Measures rounds of at least one second and `minimum` batches each, after one that does not count.
    public init(rounds: Int, minimum: Int = 1, imagesPerBatch: Int, _ batch: () throws -> Void) rethrows {
        var (rates, costs): ([Double], [Double]) = ([], [])
        for round in 0...rounds {
            let clock = ContinuousClock.now
            let start = Self.processorSeconds
            var count = 0
            while count < minimum || clock.secondsUntilNow < 1 {
                try batch()
                count += 1
            }
            guard round > 0 else { continue }
            rates.append(Double(count * imagesPerBatch) / clock.secondsUntilNow)
            costs.append((Self.processorSeconds - start) / Double(count * imagesPerBatch))
        }
        (imagesPerSecond, processorSecondsPerImage) = (rates.sorted(), costs.sorted())
    }

    /// The last fields of a line of JSON.
    public var fields: [String] {
        let (rates, costs) = (imagesPerSecond, processorSecondsPerImage)
        return [
            "\"imagesPerSecond\": \((rates[rates.count / 2] * 10).rounded() / 10)",
            "\"fastestRound\": \((rates[rates.count - 1] * 10).rounded() / 10)",
            "\"processorSecondsPerImage\": \((costs[costs.count / 2] * 1e5).rounded() / 1e5)",
        ]
    }

    /// The processor time of all threads so far.
    public static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// The memory that the process has now, in bytes.
    public static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
