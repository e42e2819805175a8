import ArgumentParser
import ZooFetch

/// How files travel.
struct TransferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connections for one file, 1 to 16; by default 4 for a large file that comes slowly over one.",
            valueName: "n"))
    var segments: Int?

    @Option(help: ArgumentHelp("Send a request that failed again up to N times, with growing waits.", valueName: "n"))
    var retries = 5

    @Option(help: ArgumentHelp("Give a connection up that does not stand after so many seconds.", valueName: "seconds"))
    var connectTimeout = 30

    @Option(help: ArgumentHelp("Give a connection up that brings nothing for so many seconds.", valueName: "seconds"))
    var stallTimeout = 60

    @Option(help: ArgumentHelp("Give a file up after so many seconds; what came is kept.", valueName: "seconds"))
    var maxTime: Int?

    @Option(
        help: ArgumentHelp("Bytes a second that a file may take at most: 500k, 2M, 1.5M.", valueName: "rate"),
        transform: ByteRate.init)
    var limitRate: ByteRate?

    func validate() throws {
        if !(0...100).contains(retries) { throw ValidationError("--retries takes a number from 0 to 100") }
        if let segments, !(1...16).contains(segments) {
            throw ValidationError("--segments takes a number from 1 to 16")
        }
        if connectTimeout < 1 { throw ValidationError("--connect-timeout takes a positive number of seconds") }
        if stallTimeout < 1 { throw ValidationError("--stall-timeout takes a positive number of seconds") }
        if let maxTime, maxTime < 1 { throw ValidationError("--max-time takes a positive number of seconds") }
    }

    /// Sets in `options` what was asked for.
    func apply(to options: inout FetchOptions) {
        options.segments = segments
        options.retries = retries
        options.connectTimeout = connectTimeout
        options.stallTimeout = stallTimeout
        options.totalTimeout = maxTime
        options.byteRateLimit = limitRate?.bytesPerSecond
    }
}

/// A rate as curl's `--limit-rate` writes it: a number with `k`, `M` or `G`, in powers of 1024.
struct ByteRate: Sendable, Hashable {
    let bytesPerSecond: Int

    init(_ text: String) throws {
        let factors: [Character: Double] = ["k": 1024, "m": 1_048_576, "g": 1_073_741_824]
        let factor = text.last.flatMap { factors[Character($0.lowercased())] }
        guard let number = Double(factor == nil ? text[...] : text.dropLast()), number.isFinite,
            number * (factor ?? 1) >= 1, number * (factor ?? 1) < 1e15
        else { throw ValidationError("--limit-rate takes bytes a second, such as 500k or 2M") }
        bytesPerSecond = Int(number * (factor ?? 1))
    }
}
